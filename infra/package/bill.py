"""A function's software bill of materials, from what its binary says of itself.

<https://cyclonedx.org/docs/1.6/json/>. Licences and hashes are added; crates and versions are the binary's own.
"""

import hashlib
import json
import re
import time
import uuid
from typing import Any
from urllib.parse import quote

import archive
import dependencies
from build import Built
from dependencies import Crate

# A name for what has none: the bill of the same binary has the same number.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://cyclonedx.org/")


def of(function: str, built: Built, lock: str, tool: str) -> str:
    """The bill as JSON. `lock` is the text of Cargo.lock, `tool` the version of cargo-auditable."""
    binary = built.binary
    packages = dependencies.embedded(binary)
    checksums = lock_checksums(lock)
    references = [reference(package) for package in packages]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, hashlib.sha256(binary).hexdigest())}",
        "version": 1,
        "metadata": metadata(function, binary, packages, tool),
        "components": [
            component(package, built.tree.licences, checksums)
            for package in packages
            if not package.get("root")
        ],
        "dependencies": [
            {
                "ref": references[place],
                "dependsOn": sorted(references[own] for own in package.get("dependencies", [])),
            }
            for place, package in enumerate(packages)
        ],
    }
    return json.dumps(bill, indent=2) + "\n"


def metadata(function: str, binary: bytes, packages: list[Any], tool: str) -> dict[str, Any]:
    root = next(package for package in packages if package.get("root"))
    data: dict[str, Any] = {
        "tools": {
            "components": [
                {"type": "application", "name": "cargo-auditable", "version": tool}
            ]
        },
        "component": {
            "type": "application",
            "bom-ref": reference(root),
            "name": function,
            "version": root["version"],
            "hashes": [hashed(hashlib.sha256(binary).hexdigest())],
        },
    }
    seconds = archive.source_date()
    if seconds is not None:
        data["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
    return data


def component(
    package: dict[str, Any],
    licences: dict[Crate, str],
    checksums: dict[tuple[str, str], str],
) -> dict[str, Any]:
    name, version = package["name"], package["version"]
    is_local = package["source"] == "local"
    own: dict[str, Any] = {
        "type": "library",
        "bom-ref": reference(package),
        "name": name,
        "version": version,
        # What only the build needs is no part of the binary.
        "scope": "excluded" if package.get("kind") == "build" else "required",
    }
    licence = licences.get(Crate(name, version, is_local), "")
    if licence:
        own["licenses"] = [{"expression": licence.replace("/", " OR ")}]
    if not is_local:
        own["purl"] = reference(package)
        own["hashes"] = [hashed(checksums[name, version])]
    return own


def reference(package: dict[str, Any]) -> str:
    """<https://github.com/package-url/purl-spec>; a crate of this workspace is in no registry and has none."""
    name, version = package["name"], package["version"]
    if package["source"] == "local":
        return f"{name}@{version}"
    return f"pkg:cargo/{name}@{quote(version, safe='')}"


def hashed(digest: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": digest}


def lock_checksums(lock: str) -> dict[tuple[str, str], str]:
    """What Cargo.lock says of each crate's archive."""
    found = {}
    for block in lock.split("[[package]]\n")[1:]:
        values = dict(re.findall(r'^(name|version|checksum) = "(.*)"$', block, re.MULTILINE))
        if "checksum" in values:
            found[values["name"], values["version"]] = values["checksum"]
    return found
