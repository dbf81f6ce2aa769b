#!/usr/bin/env python3
"""Writes `events/dev-api-keys.json` and `events/authorizer/api-key-*.json`.

The keys are development keys, made of their names: published, the same every time, and worth nothing.
Their shape is written down here a second time, with Python's `zlib` and `hashlib` alone, so that the
authorizer is held against another reading of it. The events are those of other samples with other
headers. Run it after a change here, and after `sign_samples`; the expectations are not written.
`--check` writes nothing and fails if a file is not what would be written.
"""

import hashlib
import json
import string
import sys
import zlib
from pathlib import Path
from typing import Any

from sample_files import settle

EVENTS = Path(__file__).resolve().parent.parent / "events"
FOLDER = EVENTS / "authorizer"

Event = dict[str, Any]
Headers = list[tuple[str, str]]
Row = dict[str, Any]

NEW_YEAR_2026 = 1_767_225_600
NEW_YEAR_2100 = 4_102_444_800

# The shape of a key: `sfk_<env>_<id: 16><secret: 43><checksum: 6>`.

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def base_62(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits = DIGITS[digit] + digits
    return digits


def key_id(name: str) -> str:
    """The public part: the name, so that a row says what it is for."""
    return f"Dev{name}".ljust(16, "0")


def secret(name: str) -> str:
    """What would be random in any other key."""
    known = hashlib.sha256(f"a published development key: {name}".encode()).digest()
    return base_62(int.from_bytes(known, "big"), 43)


def checked(body: str) -> str:
    return body + base_62(zlib.crc32(body.encode()), 6)


def key(name: str, of: str | None = None, environment: str = "dev") -> str:
    """The key `name`, or its id with the secret `of` another one."""
    return checked(f"sfk_{environment}_{key_id(name)}{secret(of or name)}")


# A key that another system gave out, and that the store knows by the hash of all of it.
IMPORTED = "acme.8Jq2-vT5xN0cR7mWbK4yZpLd"
# A client of a usage plan: API Gateway's own key, in the same header.
USAGE_PLAN = "kQ7mZ2xT9vR4nB8cL1wY6pJ3sD5fG0hA7eU2iO4z"


# The store.

ADA = {"user_id": "2f1c0a52-7a3d-4a5e-9d0a-0d6f5c1e8b11", "role": "itsm_agent", "status": "active"}
# A super admin when she made her key, and a viewer now.
GRACE = {"user_id": "5b0a6f3e-6c0e-4f3a-8a8e-3f1d9c2b7a44", "role": "viewer", "status": "active"}
# Left the company: the key was never revoked.
EVE = {"user_id": "9e4d1c7b-2f5a-4b8e-8c3d-6a7b8c9d0e1f", "role": "super_admin", "status": "suspended"}


# All columns are there, `null` included.
NONE_OF_THESE = dict.fromkeys(
    ("allowed_cidrs", "expires_at", "revoked_at", "replaced_by", "grace_until", "last_used_at")
)


def row(hashed: str, scopes: list[str], owner: Row = ADA, **columns: Any) -> Row:
    """A row, with the SHA-256 of `hashed`: the secret, or all of an imported key."""
    columns = {"hash_kind": "secret", **NONE_OF_THESE, **columns}
    digest = hashlib.sha256(hashed.encode()).hexdigest()
    return {"hash": digest, "scopes": scopes, **columns, "tenant_id": "acme", **owner}


def rows() -> dict[str, Row]:
    # name: scopes, owner, further columns
    keys: dict[str, tuple[list[str], Row, Row]] = {
        "ReadOnly": (["read-only"], ADA, {}),
        "ItsmWrite": (["itsm-write"], ADA, {}),
        "Lowered": (["admin"], GRACE, {}),
        "Wizard": (["wizard"], ADA, {}),
        "Office": (["read-only"], ADA, {"allowed_cidrs": ["203.0.113.0/24", "2001:db8::/32"]}),
        "Elsewhere": (["read-only"], ADA, {"allowed_cidrs": ["198.51.100.0/24"]}),
        "Revoked": (["read-only"], ADA, {"revoked_at": NEW_YEAR_2026}),
        "Expired": (["read-only"], ADA, {"expires_at": NEW_YEAR_2026}),
        "NoMoment": (["read-only"], ADA, {"expires_at": -1}),
        "Grace": (
            ["read-only"],
            ADA,
            {"replaced_by": key_id("ReadOnly"), "grace_until": NEW_YEAR_2100},
        ),
        "Replaced": (
            ["read-only"],
            ADA,
            {"replaced_by": key_id("ReadOnly"), "grace_until": NEW_YEAR_2026},
        ),
        "Suspended": (["admin"], EVE, {}),
    }
    found = {
        key_id(name): row(secret(name), scopes, owner, **columns)
        for name, (scopes, owner, columns) in keys.items()
    }
    found[key_id("Imported")] = row(IMPORTED, ["read-only"], hash_kind="whole")
    found[key_id("OutOfReach")] = {"unavailable": True}
    return found


# The events.


def sample(name: str) -> Event:
    """The event of a sample that is not made here."""
    event: Event = json.loads((FOLDER / f"{name}.json").read_text())
    return event


def rest(headers: Headers, method: str = "GET", path: str = "/api/incidents") -> Event:
    event = sample("allow-rest-request")
    event["headers"] = dict(headers)
    event["multiValueHeaders"] = {}
    for name, value in headers:
        event["multiValueHeaders"].setdefault(name, []).append(value)
    was = "POST/api/incidents"
    event["methodArn"] = event["methodArn"].replace(was, method + path)
    event |= {"httpMethod": method, "path": path, "resource": path}
    context = {"httpMethod": method, "path": f"/prod{path}", "resourcePath": path}
    event["requestContext"] |= context
    return event


def of_key(key: str, method: str = "GET", path: str = "/api/incidents") -> Event:
    return rest([("x-api-key", key)], method, path)


def token_event(key: str) -> Event:
    """A `TOKEN` authorizer whose identity source is the header `x-api-key`."""
    return sample("allow-rest-token") | {"authorizationToken": key}


def http_1(key: str) -> Event:
    event = rest([("x-api-key", key)])
    return event | {"version": "1.0", "identitySource": key, "authorizationToken": key}


def http_2(key: str) -> Event:
    """`$request.header.x-api-key` as identity source; repeats are joined by commas."""
    event = sample("allow-http-2")
    return event | {"headers": {"x-api-key": key}, "identitySource": [key]}


def http_2_simple(key: str) -> Event:
    """With method and path as identity sources: a simple answer is cached for this request alone."""
    event = http_2(key)
    event["identitySource"] += ["GET", event["rawPath"]]
    return event


def allowed() -> dict[str, Event]:
    read_only = key("ReadOnly")
    bearer = str(sample("allow-rest-token")["authorizationToken"])
    return {
        "allow-rest-request": of_key(read_only),
        "allow-rest-token": token_event(read_only),
        "allow-http-1": http_1(read_only),
        "allow-http-2": http_2(read_only),
        "allow-http-2-simple": http_2_simple(read_only),
        "allow-write": of_key(key("ItsmWrite"), "POST"),
        "allow-tenant-path": of_key(read_only, path="/api/tenants/acme/reports"),
        "allow-address": of_key(key("Office")),
        "allow-grace": of_key(key("Grace")),
        "allow-imported": of_key(IMPORTED),
        "allow-usage-plan": rest([("Authorization", bearer), ("x-api-key", USAGE_PLAN)]),
        "allow-bearer": rest([("Authorization", f"Bearer {read_only}")]),
        "allow-bearer-rest-token": token_event(f"Bearer {read_only}"),
    }


def not_permitted() -> dict[str, Event]:
    return {
        "insufficient-scope": of_key(key("ReadOnly"), "POST"),
        "insufficient-scope-unknown": of_key(key("Wizard")),
        "insufficient-role": of_key(key("Lowered"), "POST"),
        "tenant-mismatch": of_key(key("ReadOnly"), path="/api/tenants/globex/reports"),
    }


def refused() -> dict[str, Event]:
    read_only, other = key("ReadOnly"), key("ItsmWrite")
    bearer = str(sample("allow-rest-token")["authorizationToken"])
    body = read_only[:-6]
    return {
        "invalid-prefix": of_key(checked(body.replace("sfk_", "skf_"))),
        "invalid-environment": of_key(key("ReadOnly", environment="prod")),
        "invalid-length": of_key(read_only[:-1]),
        "invalid-checksum": of_key(body + base_62(zlib.crc32(body.encode()) ^ 1, 6)),
        "invalid-unknown": of_key(key("Nobody")),
        "invalid-unknown-http-2-simple": http_2(key("Nobody")),
        "invalid-secret": of_key(key("ReadOnly", of="Nobody")),
        "invalid-revoked": of_key(key("Revoked")),
        "invalid-revoked-deny": of_key(key("Revoked")),
        "invalid-expired": of_key(key("Expired")),
        "misconfigured-expires-at": of_key(key("NoMoment")),
        "invalid-replaced": of_key(key("Replaced")),
        "invalid-suspended": of_key(key("Suspended")),
        "invalid-address": of_key(key("Elsewhere")),
        "invalid-no-address": token_event(key("Office")),
        "invalid-two-keys": rest([("x-api-key", read_only), ("x-api-key", other)]),
        "invalid-two-keys-http-2": http_2(f"{read_only},{other}"),
        "invalid-imported": of_key(IMPORTED),
        "invalid-bearer-twice": rest(
            [("Authorization", f"Bearer {read_only}"), ("x-api-key", read_only)]
        ),
        "and-token": rest([("Authorization", bearer), ("x-api-key", read_only)]),
        "outage": of_key(key("OutOfReach")),
    }


def files() -> dict[Path, Any]:
    events = {**allowed(), **not_permitted(), **refused()}
    samples = {FOLDER / f"api-key-{name}.json": event for name, event in events.items()}
    return {EVENTS / "dev-api-keys.json": rows(), **samples}


def main() -> int:
    """Returns the exit code."""
    wanted = files()
    return settle(wanted, set(FOLDER.glob("api-key-*.json")) - set(wanted))


if __name__ == "__main__":
    sys.exit(main())
