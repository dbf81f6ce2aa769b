#!/usr/bin/env python3
"""Runs a command next to the services that the suite talks to, and ends them with it.

    python3 tests/with_services.py cargo nextest run --package tests

The services listen on free ports of the loopback interface and keep nothing. The command learns of
them through its environment:

    PORTCULLIS_TEST_AWS   MiniStack: DynamoDB, Secrets Manager and Lambda

Its exit code is the command's. Called by `make test`.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 5


class Service(NamedTuple):
    """How to run a service: all it needs to know is its port and a directory of its own."""

    name: str
    variable: str
    address: str
    command: Callable[[], list[str]]
    environment: Callable[[int, Path], dict[str, str]]


class Trouble(Exception):
    """Something that the caller must read: no traceback helps."""


def ministack_command() -> list[str]:
    """The Makefile has the version, and installs it."""
    make = ["make", "--silent", "--no-print-directory", "--directory", str(ROOT), "ministack"]
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    made = subprocess.run(make, stdout=subprocess.PIPE, text=True, check=False, env=environment)
    if made.returncode != 0:
        raise Trouble("`make ministack` failed")
    return [made.stdout.splitlines()[-1]]


def ministack_environment(port: int, directory: Path) -> dict[str, str]:
    return {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        # A function is a process of its own, without Docker.
        "LAMBDA_EXECUTOR": "local",
        "SERVICES": "dynamodb,secretsmanager,lambda",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(directory),
    }


SERVICES = [
    Service(
        name="MiniStack",
        variable="PORTCULLIS_TEST_AWS",
        address="http://{host}:{port}",
        command=ministack_command,
        environment=ministack_environment,
    ),
]


def main(command: list[str]) -> int:
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    # What ends us must pass through the code that ends the services.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(128 + signal.SIGHUP))
    try:
        with contextlib.ExitStack() as stack:
            environment = dict(os.environ)
            for service in SERVICES:
                port = stack.enter_context(running(service))
                environment[service.variable] = service.address.format(host=HOST, port=port)
            return run(command, environment)
    except Trouble as trouble:
        print(f"with_services: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def run(command: list[str], environment: dict[str, str]) -> int:
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        raise Trouble(f"`{command[0]}`: {error.strerror}") from error
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


@contextlib.contextmanager
def running(service: Service) -> Iterator[int]:
    """A service that answers, and its port. It is ended with everything it has started."""
    command = service.command()
    with tempfile.TemporaryDirectory(prefix="portcullis-") as directory:
        port = free_port()
        log = Path(directory) / "log"
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment |= service.environment(port, Path(directory))
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A session of its own: Ctrl-C does not reach it, and one signal ends all of it.
                start_new_session=True,
            )
        try:
            wait_for(service, process, port, log)
            yield port
            if process.poll() is not None:
                raise Trouble(with_log(f"{service.name} ended while the command ran", log))
        finally:
            stop(process)


def wait_for(service: Service, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Trouble(with_log(f"{service.name} did not start", log))
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.05)
    raise Trouble(with_log(f"{service.name} was silent for {START_SECONDS} s", log))


def with_log(sentence: str, log: Path) -> str:
    return f"{sentence}; its log:\n{log.read_text(errors='replace')}"


def stop(process: "subprocess.Popen[bytes]") -> None:
    """The group is the service and what it has started; some of that may outlive the service."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
