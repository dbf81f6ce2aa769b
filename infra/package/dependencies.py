"""What cargo compiles into a package's binaries, and how a binary says it.

`cargo auditable` puts a list of crates into each binary. Left alone it asks `cargo metadata`, which takes the
features of the whole workspace together: the authorizer would list an AWS SDK and a crypto provider that it has
not. So it is given the list in the form that cargo itself writes with `-Z sbom`, which is not stable yet:
<https://doc.rust-lang.org/cargo/reference/unstable.html#sbom>. `cargo tree` knows what is built.
"""

import json
import zlib
from typing import Any, NamedTuple

import elf
from errors import PackageError

CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"
SECTION = ".dep-v0"
# 256 times what it takes: a section that unpacks to more is not ours.
MOST_BYTES = 8 << 20


class Crate(NamedTuple):
    name: str
    version: str
    is_local: bool


class Tree(NamedTuple):
    """Crates with their licences, the root first, and who needs whom."""

    licences: dict[Crate, str]
    edges: set[tuple[Crate, Crate]]


# What `parse` reads. A crate that has been shown is not unfolded again.
FORMAT = ["--prefix", "depth", "--format", "|{p}|{l}"]


def parse(text: str) -> Tree:
    """Reads what `cargo tree` writes with `FORMAT`."""
    tree = Tree({}, set())
    path: list[Crate] = []
    for line in text.splitlines():
        depth, package, licence = line.split("|")
        name, version, *rest = package.split(" ")
        crate = Crate(name, version.removeprefix("v"), any(own.startswith("(/") for own in rest))
        tree.licences.setdefault(crate, licence.removesuffix(" (*)"))
        del path[int(depth) :]
        if path:
            tree.edges.add((path[-1], crate))
        path.append(crate)
    return tree


def precursor(built: Tree, linked: Tree) -> str:
    """Cargo's own form of what is `built`; what is not `linked` is needed by the build alone."""
    crates = list(built.licences)
    places = {crate: place for place, crate in enumerate(crates)}
    needs: dict[Crate, list[dict[str, Any]]] = {crate: [] for crate in crates}
    for edge in sorted(built.edges):
        kind = "normal" if edge in linked.edges else "build"
        needs[edge[0]].append({"index": places[edge[1]], "kind": kind})
    return json.dumps(
        {
            "version": 1,
            "root": 0,
            "crates": [
                {"id": identifier(crate), "kind": [], "features": [], "dependencies": needs[crate]}
                for crate in crates
            ],
            # Required, and not read.
            "rustc": dict.fromkeys(("version", "commit_hash", "host", "verbose_version"), ""),
        }
    )


def identifier(crate: Crate) -> str:
    if crate.is_local:
        return f"path+file:///{crate.name}#{crate.version}"
    return f"{CRATES_IO}#{crate.name}@{crate.version}"


def embedded(binary: bytes) -> list[dict[str, Any]]:
    """The packages that a binary names:
    <https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md>."""
    section = elf.section(binary, SECTION)
    if section is None:
        raise PackageError(f"a binary has no list of its crates: no section `{SECTION}`")
    try:
        return json.loads(zlib.decompressobj().decompress(section, MOST_BYTES))["packages"]
    except (KeyError, ValueError, zlib.error) as error:
        raise PackageError("the list of crates in a binary cannot be read") from error
