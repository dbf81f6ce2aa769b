#!/usr/bin/env python3
"""Names the deployment of the template after what it deploys.

    python3 infra/deployment.py             writes the name, and what the deployment waits for
    python3 infra/deployment.py --check     says whether they are right: exit code 1 if not

API Gateway serves what was deployed last, and CloudFormation makes a new deployment only where its logical id is
new. So the id ends in a digest of every resource that a deployment holds, as they stand in the template.
"""

import hashlib
import re
import sys
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parent / "template.yaml"
PARTS = ("RestApi", "Resource", "Method", "Authorizer", "GatewayResponse")
# A deployment may be made before what it does not wait for. Paths come with their methods.
WAITED_FOR = ("Method", "Authorizer", "GatewayResponse")
NAME = re.compile(r"\bDeployment[0-9a-f]{8}\b")
DEPENDS_ON = re.compile(r"(?m)^    DependsOn:.*\n(?:      - .*\n)*")


def resources(template: str) -> "dict[str, str]":
    """What stands under each logical id of `Resources`, without comments and empty lines."""
    section = template.partition("\nResources:\n")[2]
    section = re.split(r"(?m)^\S", section)[0]
    lines = [line for line in section.splitlines() if line.strip() and not line.lstrip().startswith("# ")]
    found: dict[str, str] = {}
    name = ""
    for line in lines:
        if start := re.fullmatch(r"  (\w+):", line):
            name = start[1]
            found[name] = ""
        else:
            found[name] += line + "\n"
    return found


def of_types(found: "dict[str, str]", types: "tuple[str, ...]") -> "list[str]":
    own = re.compile(rf"(?m)^    Type: AWS::ApiGateway::(?:{'|'.join(types)})$")
    return [name for name, text in found.items() if own.search(text)]


def named(template: str) -> str:
    """The template with the name and the dependencies that it should have."""
    found = resources(template)
    digest = hashlib.sha256()
    for name in sorted(of_types(found, PARTS)):
        digest.update(f"{name}\n{found[name]}".encode())
    own = [name for name in found if NAME.fullmatch(name)]
    if len(own) != 1:
        raise SystemExit(f"deployment.py: the template has {len(own)} deployments, and should have one")
    head, tail = template.split(f"\n  {own[0]}:\n", 1)
    waits = "".join(f"      - {name}\n" for name in of_types(found, WAITED_FOR))
    tail = DEPENDS_ON.sub(lambda _: f"    DependsOn:\n{waits}", tail, count=1)
    return NAME.sub(f"Deployment{digest.hexdigest()[:8]}", f"{head}\n  {own[0]}:\n{tail}")


def main(arguments: "list[str]") -> int:
    paths = [Path(own) for own in arguments if own != "--check"]
    path = paths[0] if paths else TEMPLATE
    template = path.read_text(encoding="utf-8")
    right = named(template)
    if right == template:
        return 0
    if "--check" not in arguments:
        path.write_text(right, encoding="utf-8")
        return 0
    print(
        f"deployment.py: what {path.name} deploys has changed, and its deployment has not: "
        "run `python3 infra/deployment.py`",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
