#!/usr/bin/env python3
"""Packages the functions: the release build, the access table beside it, as zips or as the folder that SAM wants.

    python3 infra/package/package.py zips --target target --into target/lambda
    python3 infra/package/package.py folder authorizer --arch arm64 --target target --into .aws-sam/build/Authorizer

Called by `make package` and `infra/Makefile`, which see to cargo-lambda and cargo-auditable. The same sources,
toolchain and tools give the same bytes.
"""

import argparse
import hashlib
import shutil
import sys
from pathlib import Path

import archive
import bill
import build
import elf
import table
from build import Built
from errors import PackageError

SUMS = "SHA256SUMS"


def main(arguments: list[str]) -> int:
    options = parsed(arguments)
    try:
        if options.command == "folder":
            folder(options)
        else:
            zips(options)
    except (OSError, PackageError) as error:
        print(f"package: {error}", file=sys.stderr)
        return 1
    return 0


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="package", description=__doc__.split("\n", 1)[0])
    commands = parser.add_subparsers(dest="command", required=True)
    of_zips = commands.add_parser("zips", help="<into>/<architecture>/<function>.zip")
    of_zips.add_argument("functions", nargs="*", metavar="function", help="all of them, if none is named")
    of_zips.add_argument("--arch", default="", help="by blanks; whatever can be built, if none is named")
    of_folder = commands.add_parser("folder", help="what the zip of one function has, as files in <into>")
    of_folder.add_argument("functions", nargs=1, metavar="function")
    of_folder.add_argument("--arch", required=True)
    for own in (of_zips, of_folder):
        own.add_argument("--target", type=Path, required=True, help="cargo's target directory")
        own.add_argument("--into", type=Path, required=True)
        own.add_argument("--access", type=Path, default=Path("infra/access.toml"))
        own.add_argument("--template", default="infra/template.yaml", help="of the API that the table is for, or empty")
        own.add_argument("--seed", type=Path, help="a file of keys for `JWKS_FILE`")
        own.add_argument("--portcullis", help="the tool, if it is built already")
        own.add_argument("--auditable", default="", help="the version of cargo-auditable")
    options = parser.parse_args(arguments)
    for function in options.functions:
        if function not in build.CRATES:
            parser.error(f"`{function}` is none of {', '.join(build.CRATES)}")
    for architecture in options.arch.split():
        if architecture not in build.TRIPLES:
            parser.error(f"`{architecture}` is no architecture of Lambda: {' or '.join(build.TRIPLES)}")
    options.functions = options.functions or list(build.CRATES)
    options.portcullis = [options.portcullis] if options.portcullis else table.TOOL
    options.target, options.into = options.target.absolute(), options.into.absolute()
    return options


def zips(options: argparse.Namespace) -> None:
    # What an earlier run left is gone, whatever comes of this one.
    for name in build.TRIPLES:
        shutil.rmtree(options.into / name, ignore_errors=True)
    (options.into / SUMS).unlink(missing_ok=True)
    beside = table.checked(options.access, options.template, options.portcullis)
    made: dict[str, bytes] = {}
    for architecture in architectures(options.arch.split()):
        for function, own in built(options, architecture).items():
            files = contents(function, own, beside, options.seed)
            made[f"{architecture}/{function}.zip"] = archive.zipped(files)
            text = bill.of(function, own, (build.ROOT / "Cargo.lock").read_text(), options.auditable)
            made[f"{architecture}/{function}.cdx.json"] = text.encode()
    # All of it or nothing.
    for name, content in sorted(made.items()):
        path = options.into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        print(f"{name}: {len(content):,} bytes")
    # As `sha256sum --check` reads it.
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(made.items())]
    (options.into / SUMS).write_text("".join(lines))


def folder(options: argparse.Namespace) -> None:
    beside = table.checked(options.access, options.template, options.portcullis)
    (architecture,) = architectures(options.arch.split())
    options.into.mkdir(parents=True, exist_ok=True)
    for function, own in built(options, architecture).items():
        for name, content in contents(function, own, beside, options.seed).items():
            path = options.into / name
            path.write_bytes(content)
            path.chmod(archive.mode(name))


def architectures(wanted: list[str]) -> list[str]:
    """Those that can be built. One that was asked for and cannot be built is an error."""
    ready = []
    for name in wanted or build.TRIPLES:
        reason = build.unready(name)
        if reason and wanted:
            raise PackageError(reason)
        if reason:
            print(f"package: {reason}", file=sys.stderr)
        else:
            ready.append(name)
    if not ready:
        raise PackageError("there is no architecture that can be built here")
    return ready


def built(options: argparse.Namespace, architecture: str) -> dict[str, Built]:
    found = build.built(options.functions, architecture, options.target)
    for function, own in found.items():
        machine = elf.machine(own.binary)
        if machine != architecture:
            raise PackageError(f"the binary of `{function}` is {machine}, not {architecture}")
    return found


def contents(
    function: str, own: Built, beside: dict[str, bytes], seed: Path | None
) -> dict[str, bytes]:
    """What the package of `function` has, by name."""
    files = {archive.EXECUTABLE: own.binary}
    if build.CRATES[function] != "authorizer":
        return files
    files |= beside
    if seed is not None:
        if seed.name in files:
            raise PackageError(f"the seed file cannot be called `{seed.name}`: the package has one")
        files[seed.name] = seed.read_bytes()
    return files


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
