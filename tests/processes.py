"""Processes that a script starts, waits for, and ends with all that they have started."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 5


class ServiceError(Exception):
    """Something that the caller must read: no traceback helps."""


class Started(NamedTuple):
    """A process, and the file that takes all it writes."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def output(self, start: int = 0) -> str:
        """What it has written so far, from byte `start` on."""
        return self.log.read_bytes()[start:].decode(errors="replace")

    def error(self, what: str) -> ServiceError:
        return ServiceError(f"{self.name} {what}; its log:\n{self.output()}")

    def has_ended(self) -> bool:
        return self.process.poll() is not None


def start(name: str, command: list[str], log: Path, **options: Any) -> Started:
    """Starts `command`; `options` are those of `subprocess.Popen`."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A session of its own: Ctrl-C does not reach it, and one signal ends all of it.
            start_new_session=True,
            **options,
        )
    return Started(name, process, log)


def wait_for(started: Started, answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if started.has_ended():
            raise started.error("did not start")
        if answers():
            return
        time.sleep(0.02)
    raise started.error(f"was silent for {START_SECONDS} s")


def stop(started: Started, sign: int = signal.SIGTERM, seconds: float = STOP_SECONDS) -> None:
    """Ends it and what it has started, some of which may outlive it."""
    with undisturbed():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            started.process.wait(seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.process.pid, signal.SIGKILL)
        started.process.wait()


@contextlib.contextmanager
def running(
    name: str, command: list[str], log: Path, answers: Callable[[], bool], **options: Any
) -> Iterator[Started]:
    """A process that answers, for as long as the block takes. It may not end before the block."""
    started = start(name, command, log, **options)
    try:
        wait_for(started, answers)
        yield started
        if started.has_ended():
            raise started.error("ended while it was needed")
    finally:
        stop(started)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def held_port() -> Iterator[int]:
    """A port that the system gives to nobody else, whether something listens on it or not.

    It is bound here, and a server that sets SO_REUSEADDR, as nearly all do, can listen on it.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((HOST, 0))
        yield int(holder.getsockname()[1])


def free_port() -> int:
    """A port that nobody had a moment ago."""
    with held_port() as port:
        return port


def exit_on(*signals: int) -> None:
    """What ends this process must pass through the code that ends those it has started."""
    for sign in signals:
        signal.signal(sign, lambda number, _: sys.exit(128 + number))


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """A block that no signal interrupts: what it ends or removes would be left half-way."""
    signals = {signal.SIGHUP, signal.SIGINT, signal.SIGTERM}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
