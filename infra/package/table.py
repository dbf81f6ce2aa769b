"""The access table that goes into the authorizers' packages, with what is compiled of it."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from build import ROOT, run
from errors import PackageError

TOOL = ["cargo", "run", "--locked", "--quiet", "--package", "portcullis", "--"]
TABLE = "access.toml"
COMPILED = "access.toml.compiled"
TEMPLATE = ROOT / "infra/template.yaml"


def checked(path: Path, template: str, portcullis: list[str]) -> dict[str, bytes]:
    """The table and the compiled table, by their names in a package. Refuses what `access lint` refuses.
    `template` is that of the API, or empty; `portcullis` is the command that is the tool."""
    lint = ["access", "lint", str(path), *compared(template)]
    if subprocess.run([*portcullis, *lint], cwd=ROOT, check=False).returncode != 0:
        raise PackageError("the access table is refused, and nothing is packaged")
    with tempfile.TemporaryDirectory(prefix="portcullis-") as directory:
        copy = Path(directory) / TABLE
        shutil.copyfile(ROOT / path, copy)
        done = run(*portcullis, "access", "build", str(copy))
        if done.returncode != 0:
            raise PackageError(f"the access table cannot be compiled:\n{done.stderr.strip()}")
        return {name: (Path(directory) / name).read_bytes() for name in (TABLE, COMPILED)}


def compared(template: str) -> list[str]:
    """What `access lint` is told of the API. Refuses a sample API whose deployment is not that of its methods."""
    if not template:
        return []
    if (ROOT / template).resolve() != TEMPLATE:
        return ["--template", template]
    if not TEMPLATE.exists():
        return []
    deployment = [sys.executable, "infra/deployment.py", "--check"]
    if subprocess.run(deployment, cwd=ROOT, check=False).returncode != 0:
        raise PackageError("a change of the API would not be deployed, and nothing is packaged")
    # With one parameter given, the others have their defaults.
    return ["--template", template, "--parameter", "StageName=prod"]
