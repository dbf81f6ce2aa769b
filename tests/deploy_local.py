#!/usr/bin/env python3
"""Deploys `infra/template.yaml` on this machine, and serves it until Ctrl-C: `make deploy-local`.

    python3 tests/deploy_local.py [--port PORT]

Everything is what a deployment to AWS takes: `sam build` and `sam deploy`, CloudFormation and the services of
MiniStack, which checks the rights of every role, and PostgreSQL for API keys. Left out are the firewall and the alarms,
which MiniStack does not know. Nothing of it is kept. MiniStack has the pool's keys at another address than Cognito,
which is not known before the pool is made: the address that the functions are given passes them on.
"""

import argparse
import contextlib
import http.server
import json
import os
import platform
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import postgres
import processes
import with_services
from processes import HOST, ServiceError

ROOT = Path(__file__).resolve().parent.parent
STACK = "portcullis"
DATABASE = "portcullis"
ROLES = ("authorizer", "operator", "administrator")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0, help="of MiniStack; any that is free if not given")
    port = parser.parse_args(arguments).port
    processes.exit_on(signal.SIGHUP, signal.SIGTERM)
    try:
        with contextlib.ExitStack() as stack:
            serve(stack, port)
    except ServiceError as error:
        print(f"deploy_local: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def serve(stack: contextlib.ExitStack, port: int) -> None:
    python, sam = stack.enter_context(with_services.python()), with_services.tool("sam")
    say("starting MiniStack and PostgreSQL")
    server = stack.enter_context(postgres.running())
    server.psql("postgres", "--command", f"CREATE DATABASE {DATABASE} TEMPLATE {postgres.TEMPLATE}")
    cluster = json.loads(server.description())
    aws = stack.enter_context(with_services.stack_ministack(port))
    keys = stack.enter_context(passed_on(aws))
    environment = os.environ | {
        "AWS_ENDPOINT_URL": aws,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": with_services.REGION,
        "AWS_DEFAULT_REGION": with_services.REGION,
        "SAM_CLI_TELEMETRY": "0",
    }
    operator = [python, str(ROOT / "tests" / "stack.py")]
    secrets = {role: login(operator, cluster, role, environment) for role in ROLES}
    architecture = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    parameters = {
        "ServiceTenant": "acme",
        "Waf": "off",
        "Monitoring": "off",
        "Architecture": architecture,
        "JwksUrl": keys.url,
        "AuroraHost": f"{HOST}:{cluster['bouncer_port']}",
        "AuroraDatabase": DATABASE,
        "AuroraSecretArn": secrets["authorizer"],
    }
    say("building the packages, with `sam build`")
    run([sam, "build"], environment | {"ARCH": architecture})
    say("deploying, with `sam deploy`")
    given = [f"{name}={value}" for name, value in parameters.items()]
    run([sam, "deploy", "--no-confirm-changeset", "--parameter-overrides", *given], environment)
    outputs = json.loads(run([*operator, "outputs", STACK], environment))
    keys.pool = outputs["UserPoolId"]
    print(instructions(aws, cluster, secrets, outputs), flush=True)
    threading.Event().wait()


def login(operator: list[str], cluster: dict[str, Any], role: str, environment: dict[str, str]) -> str:
    """The name of a secret with the login of a role of the database."""
    name = f"portcullis_{role}"
    value = json.dumps({"username": name, "password": cluster["passwords"][name]})
    return str(json.loads(run([*operator, "secret", f"database/{role}"], environment, value)))


def run(command: list[str], environment: dict[str, str], given: str = "") -> str:
    done = subprocess.run(
        command, cwd=ROOT / "infra", env=environment, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ServiceError(f"`{' '.join(command[:2])}` failed:\n{done.stdout}{done.stderr}")
    return done.stdout


class Keys(http.server.ThreadingHTTPServer):
    """Says the keys of a pool of MiniStack."""

    def __init__(self, aws: str) -> None:
        super().__init__((HOST, 0), Answer)
        self.aws = aws
        self.pool = ""
        self.url = f"http://{HOST}:{self.server_address[1]}/jwks.json"


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # noqa: N802
        server = self.server
        assert isinstance(server, Keys)
        try:
            address = f"{server.aws}/{server.pool}/.well-known/jwks.json"
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310
                body = answer.read()
        except OSError:
            self.send_error(503)
            return
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextlib.contextmanager
def passed_on(aws: str) -> Iterator[Keys]:
    with Keys(aws) as keys:
        threading.Thread(target=keys.serve_forever, daemon=True).start()
        yield keys
        keys.shutdown()


def instructions(aws: str, cluster: dict[str, Any], secrets: dict[str, str], outputs: dict[str, str]) -> str:
    api, stage = outputs["ApiUrl"].removeprefix("https://").split("/")
    url = f"{aws}/_aws/execute-api/{api.split('.')[0]}/{stage}"
    key = (
        f"AURORA_HOST={HOST}:{cluster['bouncer_port']} AURORA_DATABASE={DATABASE} "
        f"API_KEY_ENVIRONMENT=prod"
    )
    return f"""
API          {url}
User pool    {outputs["UserPoolId"]}
AWS          {aws}

Try, in another terminal:

  # where AWS is
  export AWS_ENDPOINT_URL={aws} AWS_REGION={with_services.REGION} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  export {key}
  export WEBHOOK_TABLE={outputs["WebhookTableName"]}
  # a person; the password is printed once, and asked for
  portcullis configure --stack-name {STACK} --api-url {url} --cognito-endpoint {aws} --yes
  AURORA_USER=portcullis_administrator AURORA_AUTH=secret:{secrets["administrator"]} portcullis admin invite-user you@example.com --role itsm_agent --tenant acme --account
  portcullis login --username you@example.com
  curl -H "Authorization: Bearer $(portcullis token)" {url}/api/incidents
  # a service
  curl -H "Authorization: Bearer $(portcullis token --client-credentials --secret-id {outputs["ServiceSecretName"]} --scope stackflow/api.read)" {url}/api/problems
  # a script
  export AURORA_USER=portcullis_operator AURORA_AUTH=secret:{secrets["operator"]}
  curl -H "x-api-key: $(portcullis key issue --profile default --name sync --scope read-only)" {url}/api/incidents
  # a webhook; its id is printed
  portcullis webhook create Builds --scheme portcullis --replay-window 10m
  portcullis webhook test wh_…

Ctrl-C ends it."""


def say(what: str) -> None:
    print(f"deploy_local: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
