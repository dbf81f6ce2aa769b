"""The release build of the functions, for Lambda's two architectures, with the paths of this machine left out."""

import contextlib
import fcntl
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import dependencies
from dependencies import Tree
from errors import PackageError

ROOT = Path(__file__).resolve().parent.parent.parent
TRIPLES = {"arm64": "aarch64-unknown-linux-gnu", "x86_64": "x86_64-unknown-linux-gnu"}
# One package at a time, so that none has another's features. The authorizer has two binaries: whoever takes
# tokens alone need not carry what API keys take.
CRATES = {
    "authorizer": "authorizer",
    "authorizer-api-keys": "authorizer",
    "webhook-authorizer": "webhook-authorizer",
}


class Built(NamedTuple):
    binary: bytes
    tree: Tree


def unready(architecture: str) -> str:
    """Why nothing can be built for `architecture`, and what to do; empty if it can. Adds what rustup has."""
    triple = TRIPLES[architecture]
    if Path(said("rustc", "--print", "target-libdir", "--target", triple)).is_dir():
        return ""
    lacks = f"{architecture} cannot be built here: the Rust toolchain has no target `{triple}`"
    try:
        done = run("rustup", "target", "add", triple)
    except PackageError:
        return f"{lacks}; install it, or rustup, which can"
    if done.returncode == 0:
        return ""
    reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    return f"{lacks}, and rustup could not add it ({reason}); run `rustup target add {triple}` with a network"


def built(functions: list[str], architecture: str, target: Path) -> dict[str, Built]:
    """Builds the binaries of `functions`, by function; cargo's own output is passed on."""
    found = {}
    with alone(target / TRIPLES[architecture]):
        for crate in sorted({CRATES[function] for function in functions}):
            own = [function for function in functions if CRATES[function] == crate]
            tree = compile_crate(crate, own, architecture, target)
            for function in own:
                found[function] = Built(bootstrap(function, architecture, target).read_bytes(), tree)
    return found


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One build at a time: `cargo lambda` moves what cargo has built, and would find another's moved away."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "package.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def compile_crate(crate: str, binaries: list[str], architecture: str, target: Path) -> Tree:
    triple = TRIPLES[architecture]
    edges = ["--locked", "--package", crate, "--target", triple, *dependencies.FORMAT, "--edges"]
    tree = dependencies.parse(said("cargo", "tree", *edges, "normal,build"))
    linked = dependencies.parse(said("cargo", "tree", *edges, "normal,no-proc-macro"))
    precursor = target / triple / f"{crate}.cargo-sbom.json"
    precursor.write_text(dependencies.precursor(tree, linked))
    environment = os.environ | {"CARGO_TARGET_DIR": str(target), "CARGO_SBOM_PATH": str(precursor)}
    # They would count instead of ours and those of `cargo lambda`, which knows Lambda's processors.
    for name in ("RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS"):
        environment.pop(name, None)
    command = ["cargo", "auditable", "lambda", "build", "--locked", "--release", "--target", triple]
    command += ["--lambda-dir", str(bootstrap("", architecture, target).parent), "--package", crate]
    command += ["--config", f"build.rustflags={json.dumps(remaps(target))}"]
    for binary in binaries:
        command += ["--bin", binary]
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode != 0:
        raise PackageError(f"`{crate}` could not be built for {architecture}")
    return tree


def bootstrap(function: str, architecture: str, target: Path) -> Path:
    return target / TRIPLES[architecture] / "lambda" / function / "bootstrap"


def remaps(target: Path) -> list[str]:
    """No path of this machine in the binary: the same bytes from every checkout. The last that fits counts."""
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    toolchain = said("rustc", "--print", "sysroot").strip()
    places = {home: "/cargo", toolchain: "/rust", ROOT: "/portcullis", target: "/target"}
    return [f"--remap-path-prefix={place}={name}" for place, name in places.items()]


def said(*command: str) -> str:
    """What `command` writes, without its last line break."""
    done = run(*command)
    if done.returncode != 0:
        raise PackageError(f"`{' '.join(command)}` failed:\n{done.stderr.strip()}")
    return done.stdout.rstrip("\n")


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError as error:
        raise PackageError(f"`{command[0]}`: {error.strerror}") from error
