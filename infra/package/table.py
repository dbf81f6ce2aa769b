"""The access table that goes into the authorizers' packages, with what is compiled of it."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from build import ROOT
from errors import PackageError

TOOL = ["cargo", "run", "--locked", "--quiet", "--package", "portcullis", "--"]
TABLE = "access.toml"
COMPILED = "access.toml.compiled"
TEMPLATE = "infra/template.yaml"


def checked(path: Path) -> "dict[str, bytes]":
    """The table and the compiled table, by their names in a package. Refuses what `access lint` refuses."""
    lint = ["access", "lint", str(path)]
    if (ROOT / TEMPLATE).exists():
        lint += ["--template", TEMPLATE]
    portcullis(lint, None, "the access table is refused, and nothing is packaged")
    with tempfile.TemporaryDirectory(prefix="portcullis-") as directory:
        copy = Path(directory) / TABLE
        shutil.copyfile(ROOT / path, copy)
        build = ["access", "build", str(copy)]
        portcullis(build, subprocess.DEVNULL, "the access table cannot be compiled")
        return {name: (Path(directory) / name).read_bytes() for name in (TABLE, COMPILED)}


def portcullis(arguments: "list[str]", output: "int | None", otherwise: str) -> None:
    """Runs the tool of this checkout; `output` is where its standard output goes."""
    if subprocess.run([*TOOL, *arguments], cwd=ROOT, stdout=output, check=False).returncode != 0:
        raise PackageError(otherwise)
