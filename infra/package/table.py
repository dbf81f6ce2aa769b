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
TEMPLATE = "infra/template.yaml"
# With one parameter given, the others have their defaults.
DEPLOYED = ["--template", TEMPLATE, "--parameter", "StageName=prod"]


def checked(path: Path, portcullis: list[str]) -> dict[str, bytes]:
    """The table and the compiled table, by their names in a package. Refuses what `access lint` refuses.
    `portcullis` is the command that is the tool."""
    lint = ["access", "lint", str(path)]
    if (ROOT / TEMPLATE).exists():
        lint += DEPLOYED
        deployment = [sys.executable, "infra/deployment.py", "--check"]
        if subprocess.run(deployment, cwd=ROOT, check=False).returncode != 0:
            raise PackageError("a change of the API would not be deployed, and nothing is packaged")
    if subprocess.run([*portcullis, *lint], cwd=ROOT, check=False).returncode != 0:
        raise PackageError("the access table is refused, and nothing is packaged")
    with tempfile.TemporaryDirectory(prefix="portcullis-") as directory:
        copy = Path(directory) / TABLE
        shutil.copyfile(ROOT / path, copy)
        done = run(*portcullis, "access", "build", str(copy))
        if done.returncode != 0:
            raise PackageError(f"the access table cannot be compiled:\n{done.stderr.strip()}")
        return {name: (Path(directory) / name).read_bytes() for name in (TABLE, COMPILED)}
