#!/usr/bin/env python3
"""Runs a command next to the services that the suite talks to, and ends them with it.

    python3 tests/with_services.py cargo nextest run --package tests

The services listen on free ports of the loopback interface and keep nothing. The command learns of
them through its environment:

    PORTCULLIS_TEST_AWS        MiniStack: CloudFormation, Cognito, DynamoDB, Secrets Manager, Lambda
    PORTCULLIS_TEST_STACK_AWS  another, for whole stacks: it has more services, and every call needs its right
    PORTCULLIS_TEST_PYTHON     a Python with boto3, which runs `tests/stack.py`
    PORTCULLIS_TEST_AWS_CLI    the AWS CLI, for what runs it
    PORTCULLIS_TEST_POSTGRES   PostgreSQL and PgBouncer: the line that `tests/postgres.py` prints

Its exit code is the command's. Called by `make test`.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import postgres
import processes
from processes import HOST, ServiceError

ROOT = Path(__file__).resolve().parent.parent
REGION = "eu-central-1"
# What the template makes, and what it takes to make it.
STACK_SERVICES = (
    "apigateway,cloudformation,cognito-idp,dynamodb,ec2,iam,lambda,logs,monitoring,s3,secretsmanager,sts"
)


@contextlib.contextmanager
def ministack(further: "dict[str, str] | None" = None, port: int = 0) -> Iterator[str]:
    """Its address, on a free port unless one is given. `further` are settings besides those that every test needs."""
    command = [tool("ministack")]
    with tempfile.TemporaryDirectory(prefix="portcullis-") as directory:
        port = port or processes.free_port()
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment |= ministack_environment(port, directory) | (further or {})
        with processes.running(
            "MiniStack",
            command,
            Path(directory) / "log",
            lambda: processes.listens(port),
            env=environment,
            cwd=directory,
        ):
            yield f"http://{HOST}:{port}"


def tool(name: str) -> str:
    """Where it is. The Makefile has the version, and installs it."""
    make = ["make", "--silent", "--no-print-directory", "--directory", str(ROOT), name]
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    made = subprocess.run(make, stdout=subprocess.PIPE, text=True, check=False, env=environment)
    if made.returncode != 0:
        raise ServiceError(f"`make {name}` failed")
    return made.stdout.splitlines()[-1]


def ministack_environment(port: int, directory: str) -> dict[str, str]:
    return {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        # A function is a process of its own, without Docker.
        "LAMBDA_EXECUTOR": "local",
        "SERVICES": "cloudformation,cognito-idp,dynamodb,secretsmanager,lambda",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "TMPDIR": directory,
        # Where the functions that it runs find it.
        "AWS_ENDPOINT_URL": f"http://{HOST}:{port}",
        "MINISTACK_REGION": REGION,
    }


def stack_ministack(port: int = 0) -> "contextlib.AbstractContextManager[str]":
    """Checks signatures, and the rights of every function's role."""
    return ministack({"AUTH": "true", "SERVICES": STACK_SERVICES}, port)


@contextlib.contextmanager
def python() -> Iterator[str]:
    yield str(Path(tool("ministack")).parent / "python")


@contextlib.contextmanager
def aws_cli() -> Iterator[str]:
    yield tool("awscli")


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    with postgres.running() as cluster:
        yield cluster.description()


# Each runs for as long as its block takes, and says what the command must know of it.
SERVICES = {
    "PORTCULLIS_TEST_AWS": ministack,
    "PORTCULLIS_TEST_STACK_AWS": stack_ministack,
    "PORTCULLIS_TEST_PYTHON": python,
    "PORTCULLIS_TEST_AWS_CLI": aws_cli,
    "PORTCULLIS_TEST_POSTGRES": postgresql,
}


def main(command: list[str]) -> int:
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    processes.exit_on(signal.SIGHUP, signal.SIGTERM)
    try:
        with contextlib.ExitStack() as stack:
            environment = dict(os.environ)
            for variable, service in SERVICES.items():
                environment[variable] = stack.enter_context(service())
            return run(command, environment)
    except ServiceError as error:
        print(f"with_services: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def run(command: list[str], environment: dict[str, str]) -> int:
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        raise ServiceError(f"`{command[0]}`: {error.strerror}") from error
    try:
        return exit_code(process)
    except BaseException:
        process.terminate()
        raise


def exit_code(process: "subprocess.Popen[bytes]") -> int:
    """Ctrl-C reaches the command as well, and it is the command that says what comes of it."""
    while True:
        with contextlib.suppress(KeyboardInterrupt):
            code = process.wait()
            return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
