#!/usr/bin/env python3
"""Writes `events/webhook-authorizer/*.json`: every event, signed as its sender would sign it.

The signatures are made with Python's `hmac` alone, so that the functions are held against a second
reading of each scheme. The secrets are those of `events/dev-secrets.json`: published examples, and
worth nothing. Run it after a change here; the expectations are not written. `--check` writes nothing
and fails if a file is not what would be written.
"""

import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path
from urllib.parse import urlencode

from sample_files import settle
from webhook_events import (
    NOW,
    Event,
    Headers,
    alb,
    arn,
    function_url,
    http_1_gate,
    http_1_proxy,
    http_2_gate,
    http_2_proxy,
    rest_gate,
    rest_proxy,
)

EVENTS = Path(__file__).resolve().parent.parent / "events"
FOLDER = EVENTS / "webhook-authorizer"
SECRETS = json.loads((EVENTS / "dev-secrets.json").read_text())

# The clock of the samples, `LOCAL_NOW`, stands still a minute after `NOW`.
LONG_AGO = NOW - 3600


# What senders send.

ORDER = b'{"event":"order.paid","order":"A-1001","total":"129.00"}'
OTHER_ORDER = b'{"event":"order.paid","order":"A-1001","total":"0.01"}'
SCAN = b"%PDF-1.7\n\xff\xfe scan of an invoice \x00\n%%EOF\n"
PUSH = b'{"ref":"refs/heads/main","repository":{"full_name":"acme/orders"},"pusher":{"name":"ada"}}'
CHARGE = b'{\n  "id": "evt_1SkPortcullis",\n  "object": "event",\n  "type": "charge.succeeded"\n}'
SLASH_COMMAND = urlencode(
    {
        "token": "xyzz0WbapA4vBCDEFxasQ0G",
        "team_id": "T1DC2JH3J",
        "user_name": "ada",
        "command": "/incident",
        "text": "ordering is slow – since 9:00",
    }
).encode()
INVOICE = '{"type":"invoice.paid","data":{"customer":"Zoë Ångström"}}'.encode()


# How they sign it. Each function gives the headers of one scheme.


def mac(secret: bytes, message: bytes) -> bytes:
    return hmac.new(secret, message, hashlib.sha256).digest()


def secret(name: str, version: str = "current") -> str:
    return str(SECRETS[name][version])


def key(webhook: str = "wh_portcullis", version: str = "current") -> str:
    return secret(f"portcullis/webhook/{webhook}", version)


def portcullis(body: bytes, key: str) -> Headers:
    return [("X-Webhook-Signature", f"sha256={mac(key.encode(), body).hex()}")]


def github(body: bytes, delivery: str) -> Headers:
    signed = mac(secret("acme/github/push").encode(), body).hex()
    return [
        ("X-GitHub-Event", "push"),
        ("X-GitHub-Delivery", delivery),
        ("X-Hub-Signature-256", f"sha256={signed}"),
    ]


def stripe(body: bytes, time: int) -> Headers:
    signed = mac(key("wh_stripe").encode(), f"{time}.".encode() + body).hex()
    # Stripe signs events of test mode with a `v0` as well, which means nothing.
    return [("Stripe-Signature", f"t={time},v1={signed},v0={mac(b'v0', body).hex()}")]


def slack(body: bytes, time: int) -> Headers:
    signed = mac(key("wh_slack").encode(), f"v0:{time}:".encode() + body).hex()
    return [("X-Slack-Request-Timestamp", str(time)), ("X-Slack-Signature", f"v0={signed}")]


def standard_webhooks(body: bytes, message_id: str) -> Headers:
    secret_bytes = base64.b64decode(key("wh_standard_webhooks").removeprefix("whsec_"))
    signed = base64.b64encode(mac(secret_bytes, f"{message_id}.{NOW}.".encode() + body)).decode()
    return [
        ("webhook-id", message_id),
        ("webhook-timestamp", str(NOW)),
        ("webhook-signature", f"v1,{signed}"),
    ]


def rfc9421(body: bytes, path: str, nonce: str) -> Headers:
    secret_bytes = base64.b64decode(key("wh_rfc9421").removeprefix("base64:"))
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    params = (
        f'("@method" "@path" "content-digest");created={NOW};nonce="{nonce}"'
        ';keyid="wh_rfc9421";alg="hmac-sha256"'
    )
    signature_base = (
        f'"@method": POST\n"@path": {path}\n"content-digest": {digest}\n"@signature-params": {params}'
    )
    signed = base64.b64encode(mac(secret_bytes, signature_base.encode())).decode()
    return [
        ("Content-Digest", digest),
        ("Signature-Input", f"sig1={params}"),
        ("Signature", f"sig1=:{signed}:"),
    ]


def by_header(webhook: str, signature: Headers) -> Headers:
    return [("X-Webhook-Id", webhook), *signature]


def edited(headers: Headers, name: str, old: str, new: str) -> Headers:
    """The headers with `old` replaced in the value of `name`."""
    return [(key, value.replace(old, new) if key == name else value) for key, value in headers]


# The samples.


def gates() -> dict[str, Event]:
    signed = portcullis(ORDER, key())
    own = by_header("wh_portcullis", signed)
    malformed = edited(signed, "X-Webhook-Signature", "sha256=", "")
    signed_path = rfc9421(ORDER, "/prod/webhooks/wh_rfc9421", "0b5a7c52-gate")
    other_nonce = edited(signed_path, "Signature-Input", "0b5a7c52", "0b5a7c53")
    return {
        "gate-rest-pending": rest_gate(own),
        "gate-http-1": http_1_gate(github(PUSH, "72d3162e-cc78-11e3-81ab-4c9367dc0958"), "wh_github"),
        "gate-http-2": http_2_gate(slack(SLASH_COMMAND, NOW), "wh_slack"),
        "gate-http-2-simple": http_2_gate(stripe(CHARGE, NOW), "wh_stripe"),
        "gate-rfc9421": rest_gate(signed_path, "wh_rfc9421"),
        "gate-rfc9421-wrong": rest_gate(other_nonce, "wh_rfc9421"),
        "gate-unknown": rest_gate(by_header("wh_nobody", signed)),
        "gate-unknown-http-2-simple": http_2_gate(signed, "wh_nobody"),
        "gate-revoked": rest_gate(by_header("wh_revoked", signed)),
        "gate-no-id": rest_gate(signed),
        "gate-two-ids": rest_gate(own, "wh_revoked"),
        "gate-address": rest_gate(by_header("wh_office", signed)),
        "gate-signature-missing": rest_gate(by_header("wh_portcullis", [])),
        "gate-signature-malformed": rest_gate(by_header("wh_portcullis", malformed)),
        "gate-expired": http_2_gate(stripe(CHARGE, LONG_AGO), "wh_stripe"),
        "gate-outage": rest_gate(by_header("wh_out_of_reach", signed)),
        "gate-bad-row": rest_gate(by_header("wh_bad_row", signed)),
        "malformed-event": {
            "type": "TOKEN",
            "authorizationToken": "wh_portcullis",
            "methodArn": arn("prod", "/webhooks"),
        },
    }


def deliveries() -> dict[str, Event]:
    """One of each scheme, and the shapes in turn. No two have the same id or signature, but for the
    one that comes again."""
    first = rest_proxy(by_header("wh_portcullis", portcullis(ORDER, key())), ORDER)
    # What the gate's Allow said of it. It is replaced by what is proven here.
    first["requestContext"]["authorizer"] = {
        "principalId": "2f1c0a52-7a3d-4a5e-9d0a-0d6f5c1e8b11",
        "integrationLatency": 3,
        "verified": "pending",
    }
    path = "/webhooks/wh_rfc9421"
    return {
        "delivery-portcullis": first,
        "delivery-portcullis-base64": http_2_proxy(
            portcullis(SCAN, key()), SCAN, "wh_portcullis", "application/pdf"
        ),
        "delivery-github": function_url(
            github(PUSH, "72d3162e-cc78-11e3-81ab-4c9367dc0958"), PUSH, "wh_github"
        ),
        "delivery-github-alb": alb(
            github(PUSH[:-1] + b',"forced":true}', "73e4273f-cc78-11e3-81ab-4c9367dc0958"),
            PUSH[:-1] + b',"forced":true}',
            "wh_github",
            many=True,
        ),
        "delivery-stripe": http_2_proxy(stripe(CHARGE, NOW), CHARGE, "wh_stripe"),
        "delivery-slack": alb(
            slack(SLASH_COMMAND, NOW),
            SLASH_COMMAND,
            "wh_slack",
            "application/x-www-form-urlencoded",
        ),
        "delivery-standard-webhooks": http_1_proxy(
            standard_webhooks(INVOICE, "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"), INVOICE, "wh_standard_webhooks"
        ),
        "delivery-rfc9421": http_2_proxy(rfc9421(ORDER, path, "order-A-1001"), ORDER, "wh_rfc9421"),
        "delivery-previous-secret": rest_proxy(
            by_header("wh_rotated", portcullis(ORDER, key("wh_rotated", "previous"))), ORDER
        ),
        "delivery-async": http_2_proxy(rfc9421(ORDER, path, "order-A-1002"), ORDER, "wh_rfc9421"),
        **refused_deliveries(path),
        "delivery-outage": rest_proxy(
            by_header("wh_out_of_reach", portcullis(ORDER, key())), ORDER
        ),
        "delivery-secret-missing": rest_proxy(
            by_header("wh_no_secret", portcullis(ORDER, key())), ORDER
        ),
        "delivery-target-failed": http_2_proxy(
            rfc9421(ORDER, path, "order-A-1003"), ORDER, "wh_rfc9421"
        ),
        "delivery-target-unreachable": alb(
            standard_webhooks(INVOICE, "msg_2KWPCnQyRdCUqZ5x5pGMQ1Zqz3B"), INVOICE, "wh_standard_webhooks"
        ),
    }


def refused_deliveries(path: str) -> dict[str, Event]:
    of_text = portcullis(base64.b64encode(SCAN), key())
    return {
        "delivery-signature-wrong": rest_proxy(
            by_header("wh_portcullis", portcullis(ORDER, key())), OTHER_ORDER
        ),
        "delivery-signature-of-base64-text": http_2_proxy(
            of_text, SCAN, "wh_portcullis", "application/pdf"
        ),
        "delivery-content-digest-wrong": http_2_proxy(
            rfc9421(ORDER, path, "order-A-1004"), OTHER_ORDER, "wh_rfc9421"
        ),
        "delivery-expired": alb(
            slack(SLASH_COMMAND, LONG_AGO),
            SLASH_COMMAND,
            "wh_slack",
            "application/x-www-form-urlencoded",
        ),
        "delivery-replayed": http_1_proxy(
            standard_webhooks(INVOICE, "msg_2KUaYTVoIkVTdOdJQ4BzYHUd8NM"), INVOICE, "wh_standard_webhooks"
        ),
        "delivery-unknown": function_url(portcullis(ORDER, key()), ORDER, "wh_nobody"),
    }


def main() -> int:
    """Returns the exit code."""
    events = {**gates(), **deliveries()}
    return settle({FOLDER / f"{name}.json": event for name, event in events.items()})


if __name__ == "__main__":
    sys.exit(main())
