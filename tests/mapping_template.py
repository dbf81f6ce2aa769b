#!/usr/bin/env python3
"""Renders the mapping template of a method of `infra/template.yaml` as API Gateway would, for MiniStack does not.

    mapping_template.py METHOD <request.json

The request has `context`, `path`, `querystring`, `header` and `body`. Prints what the backend is sent.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

import airspeed
import yaml

TEMPLATE = Path(__file__).resolve().parent.parent / "infra" / "template.yaml"
# https://commons.apache.org/proper/commons-lang/javadocs/api-2.6/org/apache/commons/lang/StringEscapeUtils.html
ESCAPED = {"\\": "\\\\", "'": "\\'", '"': '\\"', "/": "\\/", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


class Loader(yaml.SafeLoader):
    """Reads what a template has besides YAML's own tags as nothing."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: None)


class JavaText(str):
    """A text with the one method that the template calls, and what it calls it with."""

    def replaceAll(self, pattern: str, replacement: str) -> "JavaText":  # noqa: N802
        # Velocity hands the literal on as it stands, and Java reads a regular expression: a backslash and a quote.
        if (pattern, replacement) not in (("\\'", "'"), ("\\\\'", "'")):
            raise SystemExit(f"mapping_template.py: replaceAll({pattern!r}, {replacement!r}) is not known here")
        return JavaText(self.replace("\\'", "'"))


class Util:
    def escapeJavaScript(self, text: str) -> JavaText:  # noqa: N802
        return JavaText("".join(escaped(one) for one in text))

    def base64Encode(self, text: str) -> str:  # noqa: N802
        return base64.b64encode(text.encode()).decode()


def escaped(one: str) -> str:
    if one in ESCAPED:
        return ESCAPED[one]
    return one if " " <= one <= "~" else "".join(f"\\u{unit:04X}" for unit in utf_16(one))


def utf_16(one: str) -> "list[int]":
    encoded = one.encode("utf-16-be")
    return [int.from_bytes(encoded[at : at + 2], "big") for at in range(0, len(encoded), 2)]


class Input:
    def __init__(self, request: "dict[str, Any]") -> None:
        self.body = request["body"]
        self.request = request

    def params(self) -> "dict[str, Any]":
        return {name: self.request[name] for name in ("path", "querystring", "header")}


def main(method: str) -> int:
    request = json.load(sys.stdin)
    resources = yaml.load(TEMPLATE.read_text(encoding="utf-8"), Loader)["Resources"]
    template = resources[method]["Properties"]["Integration"]["RequestTemplates"]["application/json"]
    names = {"util": Util(), "input": Input(request), "context": request["context"]}
    print(airspeed.Template(template).merge(names))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
