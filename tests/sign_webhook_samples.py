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
    as_get,
    function_url,
    health_check,
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
ISSUE = b'{"action":"create","type":"Issue","data":{"title":"Ordering is slow"}}'
MEETING = b'{"event":"meeting.started","payload":{"object":{"topic":"Stand-up"}}}'
CHALLENGE = b'{"token":"Jhj5dZrVaK","challenge":"3eZbrw1aBm2.rZgRNFdxV25","type":"url_verification"}'
VALIDATION = b'{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6.UYooatFL"}}'
SUBSCRIBE = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
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


def standard_webhooks(body: bytes, message_id: str, family: str = "webhook") -> Headers:
    secret_bytes = base64.b64decode(key("wh_standard_webhooks").removeprefix("whsec_"))
    signed = base64.b64encode(mac(secret_bytes, f"{message_id}.{NOW}.".encode() + body)).decode()
    return [
        (f"{family}-id", message_id),
        (f"{family}-timestamp", str(NOW)),
        (f"{family}-signature", f"v1,{signed}"),
    ]


def shopify(body: bytes) -> Headers:
    signed = base64.b64encode(mac(key("wh_shopify").encode(), body)).decode()
    return [
        ("X-Shopify-Topic", "orders/paid"),
        ("X-Shopify-Webhook-Id", "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"),
        ("X-Shopify-Hmac-Sha256", signed),
    ]


def linear(body: bytes) -> Headers:
    return [
        ("Linear-Delivery", "234d1a4e-b617-4388-90fe-adc3633d6b72"),
        ("Linear-Event", "Issue"),
        ("Linear-Signature", mac(key("wh_linear").encode(), body).hex()),
    ]


def zoom(body: bytes) -> Headers:
    signed = mac(key("wh_zoom").encode(), f"v0:{NOW}:".encode() + body).hex()
    return [("x-zm-request-timestamp", str(NOW)), ("x-zm-signature", f"v0={signed}")]


def hub(body: bytes, webhook: str, header: str = "X-Hub-Signature") -> Headers:
    """Bitbucket and Jira; with the header of GitHub, Meta."""
    return [(header, f"sha256={mac(key(webhook).encode(), body).hex()}")]


def gitlab(body: bytes) -> Headers:
    """While both are set up, the older token stands beside the signature."""
    event_id = "5f2c9d1e-0000-4a4a-9c9c-aaaaaaaaaaaa"
    signed = standard_webhooks(body, event_id)
    return [("X-Gitlab-Event", "Pipeline Hook"), *signed, ("X-Gitlab-Token", "legacy-plain-secret")]


def zendesk(body: bytes) -> Headers:
    time = "2026-01-01T00:00:00Z"
    signed = base64.b64encode(mac(key("wh_zendesk").encode(), time.encode() + body)).decode()
    return [
        ("X-Zendesk-Webhook-Invocation-Id", "01F1KRFQ6BG29CNWFR60NK5FNY"),
        ("X-Zendesk-Webhook-Signature", signed),
        ("X-Zendesk-Webhook-Signature-Timestamp", time),
    ]


def sanity(body: bytes) -> Headers:
    time = NOW * 1000
    signed = mac(key("wh_sanity").encode(), f"{time}.".encode() + body)
    encoded = base64.urlsafe_b64encode(signed).decode().rstrip("=")
    return [("sanity-webhook-signature", f"t={time},v1={encoded}")]


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
        **senders(),
        **handshakes(),
        **refused_deliveries(path),
        **misconfigured_deliveries(),
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


def senders() -> dict[str, Event]:
    """One of each scheme that has no other sample, and one that comes again."""
    with_plus = ORDER[:-1] + b',"again":true}'
    return {
        "delivery-svix": http_2_proxy(
            standard_webhooks(INVOICE, "msg_2KWPE7MZLqDqGsYK1i7J9uD7Z7u", "svix"),
            INVOICE,
            "wh_standard_webhooks",
        ),
        "delivery-gitlab": rest_proxy(gitlab(ISSUE), ISSUE, "wh_gitlab"),
        "delivery-shopify": http_2_proxy(shopify(ORDER), ORDER, "wh_shopify"),
        "delivery-linear": function_url(linear(ISSUE), ISSUE, "wh_linear"),
        "delivery-zoom": http_2_proxy(zoom(MEETING), MEETING, "wh_zoom"),
        "delivery-bitbucket": http_1_proxy(hub(PUSH, "wh_bitbucket"), PUSH, "wh_bitbucket"),
        "delivery-jira": http_2_proxy(hub(ISSUE, "wh_jira"), ISSUE, "wh_jira"),
        "delivery-meta": function_url(
            hub(ISSUE, "wh_meta", "X-Hub-Signature-256"), ISSUE, "wh_meta"
        ),
        "delivery-zendesk": http_2_proxy(zendesk(ISSUE), ISSUE, "wh_zendesk"),
        "delivery-sanity": http_2_proxy(sanity(ISSUE), ISSUE, "wh_sanity"),
        "delivery-secret-field": function_url(
            github(with_plus, "83d3162e-cc78-11e3-81ab-4c9367dc0958"), with_plus, "wh_secret_field"
        ),
        "delivery-duplicate": http_1_proxy(
            standard_webhooks(INVOICE, "msg_2KUaYTVoIkVTdOdJQ4BzYHUd8NM"), INVOICE, "wh_standard_webhooks"
        ),
        "health-check": health_check(),
        "ping": {"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}},
    }


def handshakes() -> dict[str, Event]:
    """Of senders that want to see whether an address is ours."""
    subscribe = {**SUBSCRIBE, "hub.verify_token": secret("acme/meta/verify")}
    guess = {**SUBSCRIBE, "hub.verify_token": "a-guess"}
    return {
        "handshake-slack": http_2_proxy(slack(CHALLENGE, NOW), CHALLENGE, "wh_slack"),
        "handshake-zoom": http_2_proxy([], VALIDATION, "wh_zoom"),
        "handshake-zoom-delivery": http_2_proxy(
            [], VALIDATION.replace(b"qgg8", b"v0:1:qgg8"), "wh_zoom"
        ),
        "handshake-meta": as_get(function_url([], b"", "wh_meta"), subscribe),
        "handshake-meta-guess": as_get(function_url([], b"", "wh_meta"), guess),
    }


def misconfigured_deliveries() -> dict[str, Event]:
    pushed = github(PUSH, "72d3162e-cc78-11e3-81ab-4c9367dc0958")
    return {
        "delivery-secret-newline": function_url(pushed, PUSH, "wh_secret_newline"),
        "delivery-secret-json": function_url(pushed, PUSH, "wh_secret_json"),
        "delivery-bad-description": http_2_proxy([], ORDER, "wh_bad_description"),
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
        "delivery-mixed-headers": http_2_proxy(
            [*standard_webhooks(INVOICE, "msg_1"), ("svix-id", "msg_1")], INVOICE, "wh_standard_webhooks"
        ),
        "delivery-two-digests": rest_proxy(
            [*rfc9421(ORDER, f"/prod{path}", "order-A-1005"), ("Content-Digest", "sha-256=:AAAA:")],
            ORDER,
            "wh_rfc9421",
        ),
        "delivery-milliseconds": http_2_proxy(stripe(CHARGE, NOW * 1000), CHARGE, "wh_stripe"),
        "delivery-alb-address": alb(stripe(CHARGE, NOW), CHARGE, "wh_stripe"),
        "delivery-unknown": function_url(portcullis(ORDER, key()), ORDER, "wh_nobody"),
    }


def main() -> int:
    """Returns the exit code."""
    events = {**gates(), **deliveries()}
    return settle({FOLDER / f"{name}.json": event for name, event in events.items()})


if __name__ == "__main__":
    sys.exit(main())
