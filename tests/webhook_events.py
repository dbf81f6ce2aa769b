"""What AWS makes of a webhook that comes in: the event of each shape, as AWS documents and sends it."""

import base64
from typing import Any
from urllib.parse import urlencode

# 2026-01-01T00:00:00Z, when every sample is signed.
NOW = 1_767_225_600
DATE = "01/Jan/2026:00:00:00 +0000"

ACCOUNT = "123456789012"
API = "abcdef1234"
API_DOMAIN = f"{API}.execute-api.eu-central-1.amazonaws.com"
OWN_DOMAIN = "hooks.acme.example"
SOURCE = "203.0.113.7"
REQUEST_ID = "b1c2d3e4-0000-4000-8000-000000000002"

Headers = list[tuple[str, str]]
Event = dict[str, Any]


def usual(host: str, own: Headers, content: str = "application/json") -> Headers:
    """The headers that API Gateway and a load balancer see with every request."""
    return [
        ("Accept", "*/*"),
        ("Content-Type", content),
        ("Host", host),
        ("User-Agent", "acme-sender/1.0"),
        ("X-Amzn-Trace-Id", "Root=1-6955b900-4a1b2c3d4e5f6a7b8c9d0e1f"),
        ("X-Forwarded-For", SOURCE),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
        *own,
    ]


def single(headers: Headers) -> dict[str, str]:
    return dict(headers)


def multiple(headers: Headers) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name, []).append(value)
    return values


def lower_case(headers: Headers) -> dict[str, str]:
    """As payload format 2.0 has them: lower case, repeats joined by commas."""
    joined = multiple([(name.lower(), value) for name, value in headers])
    return {name: ",".join(values) for name, values in joined.items()}


def payload(body: bytes, binary: bool = False) -> Event:
    text = base64.b64encode(body).decode() if binary else body.decode()
    return {"body": text, "isBase64Encoded": binary}


def rest(headers: Headers, webhook: str | None = None) -> Event:
    """What gate and proxy events of a REST API have in common: stage `prod`, API Gateway's domain."""
    path, resource = route(webhook)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": "POST",
        "headers": single(usual(API_DOMAIN, headers)),
        "multiValueHeaders": multiple(usual(API_DOMAIN, headers)),
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"webhook_id": webhook} if webhook else None,
        "stageVariables": None,
        "requestContext": {
            "resourceId": "a1b2c3",
            "resourcePath": resource,
            "httpMethod": "POST",
            "extendedRequestId": "AbCdEfGhIjKlMn0=",
            "requestTime": DATE,
            "path": f"/prod{path}",
            "accountId": ACCOUNT,
            "protocol": "HTTP/1.1",
            "stage": "prod",
            "domainPrefix": API,
            "requestTimeEpoch": NOW * 1000,
            "requestId": REQUEST_ID,
            "identity": {
                "accessKey": None,
                "accountId": None,
                "caller": None,
                "cognitoAuthenticationProvider": None,
                "cognitoAuthenticationType": None,
                "cognitoIdentityId": None,
                "cognitoIdentityPoolId": None,
                "principalOrgId": None,
                "sourceIp": SOURCE,
                "user": None,
                "userAgent": "acme-sender/1.0",
                "userArn": None,
            },
            "domainName": API_DOMAIN,
            "apiId": API,
        },
    }


def rest_gate(headers: Headers, webhook: str | None = None) -> Event:
    path, _ = route(webhook)
    return {"type": "REQUEST", "methodArn": arn("prod", path), **rest(headers, webhook)}


def rest_proxy(headers: Headers, body: bytes, webhook: str | None = None) -> Event:
    return {**rest(headers, webhook), **payload(body)}


def http_1(headers: Headers, webhook: str | None = None) -> Event:
    """What gate and proxy events of an HTTP API in payload format 1.0 have in common."""
    path, _ = route(webhook)
    event = {"version": "1.0", **rest([], webhook)}
    event["headers"] = single(usual(OWN_DOMAIN, headers))
    event["multiValueHeaders"] = multiple(usual(OWN_DOMAIN, headers))
    event["requestContext"] |= {
        "path": path,
        "stage": "$default",
        "domainName": OWN_DOMAIN,
        "domainPrefix": "hooks",
    }
    return event


def http_1_gate(headers: Headers, webhook: str) -> Event:
    path, _ = route(webhook)
    return {"type": "REQUEST", "methodArn": arn("$default", path), **http_1(headers, webhook)}


def http_1_proxy(headers: Headers, body: bytes, webhook: str) -> Event:
    return {**http_1(headers, webhook), **payload(body)}


def http_2(headers: Headers, webhook: str | None = None, content: str = "application/json") -> Event:
    """What gate and proxy events of an HTTP API in payload format 2.0 have in common."""
    path, resource = route(webhook)
    return {
        "version": "2.0",
        "routeKey": f"POST {resource}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": lower_case(usual(OWN_DOMAIN, headers, content)),
        **({"pathParameters": {"webhook_id": webhook}} if webhook else {}),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": API,
            "domainName": OWN_DOMAIN,
            "domainPrefix": "hooks",
            "http": {
                "method": "POST",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": SOURCE,
                "userAgent": "acme-sender/1.0",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": f"POST {resource}",
            "stage": "$default",
            "time": DATE,
            "timeEpoch": NOW * 1000,
        },
    }


def http_2_gate(headers: Headers, webhook: str) -> Event:
    path, _ = route(webhook)
    own = {"type": "REQUEST", "routeArn": arn("$default", path), "identitySource": None}
    return {**own, **http_2(headers, webhook)}


def http_2_proxy(
    headers: Headers, body: bytes, webhook: str, content: str = "application/json"
) -> Event:
    binary = not content.startswith(("text/", "application/json"))
    return {**http_2(headers, webhook, content), **payload(body, binary)}


def function_url(headers: Headers, body: bytes, webhook: str) -> Event:
    domain = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws"
    event = http_2(headers)
    event |= {
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": f"webhook_id={webhook}",
        "headers": lower_case(usual(domain, headers)),
        "queryStringParameters": {"webhook_id": webhook},
    }
    event["requestContext"] |= {
        "accountId": "anonymous",
        "apiId": domain.split(".")[0],
        "domainName": domain,
        "domainPrefix": domain.split(".")[0],
        "requestId": REQUEST_ID,
        "routeKey": "$default",
    }
    event["requestContext"]["http"]["path"] = "/"
    return {**event, **payload(body)}


def alb(
    headers: Headers, body: bytes, webhook: str, content: str = "application/json", many: bool = False
) -> Event:
    """Application Load Balancer; `many`: the target group has multi-value headers."""
    lower = [(name.lower(), value) for name, value in usual(OWN_DOMAIN, headers, content)]
    group = f"arn:aws:elasticloadbalancing:eu-central-1:{ACCOUNT}:targetgroup/hooks/6d0ecf831eec9f09"
    event: Event = {
        "requestContext": {"elb": {"targetGroupArn": group}},
        "httpMethod": "POST",
        "path": "/webhooks",
    }
    if many:
        event["multiValueQueryStringParameters"] = {"webhook_id": [webhook]}
        event["multiValueHeaders"] = multiple(lower)
    else:
        event["queryStringParameters"] = {"webhook_id": webhook}
        event["headers"] = single(lower)
    binary = not content.startswith(("text/", "application/json"))
    return {**event, **payload(body, binary)}


def as_get(event: Event, query: dict[str, str]) -> Event:
    """An event of a function URL as a `GET` without a body."""
    names = {"webhook_id": event["queryStringParameters"]["webhook_id"], **query}
    event |= {"rawQueryString": urlencode(names), "queryStringParameters": names}
    event["requestContext"]["http"]["method"] = "GET"
    del event["body"]
    return event


def health_check() -> Event:
    """What a load balancer asks of a target group of functions that has health checks."""
    event = alb([], b"", "none")
    event |= {"httpMethod": "GET", "path": "/", "queryStringParameters": {}, "body": ""}
    event["headers"] = {"user-agent": "ELB-HealthChecker/2.0"}
    return event


def route(webhook: str | None) -> tuple[str, str]:
    """Path and resource: the webhook's id in the path, or in the header `X-Webhook-Id` alone."""
    if webhook is None:
        return "/webhooks", "/webhooks"
    return f"/webhooks/{webhook}", "/webhooks/{webhook_id}"


def arn(stage: str, path: str) -> str:
    return f"arn:aws:execute-api:eu-central-1:{ACCOUNT}:{API}/{stage}/POST{path}"
