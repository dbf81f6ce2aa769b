#!/usr/bin/env python3
"""Puts every sample event through both functions with `cargo lambda` and prints what came of it.

An event is `events/<function>/<outcome>.json`, its expectation lies beside it in `expected/`. The
shared settings are in `events/<function>.env`; samples with settings of their own get a process of
their own. Called by `make run`, which sees to it that `cargo lambda` is there.
"""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
EVENTS = ROOT / "events"
# What `cargo` takes to build each function. The webhook-authorizer's samples know no AWS service:
# its feature `local` has files in their place.
FUNCTIONS = {
    "authorizer": ["--package", "authorizer", "--bin", "authorizer"],
    "webhook-authorizer": [
        *("--package", "webhook-authorizer", "--bin", "webhook-authorizer"),
        *("--features", "local"),
    ],
}
HOST = "127.0.0.1"
TIMEOUT_SECONDS = 30


class Sample(NamedTuple):
    """An event, what must come of it, and the settings it needs on top of the shared ones."""

    event: Path
    expected: dict[str, Any]

    @property
    def settings(self) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(self.expected.get("settings", {}).items()))


class Row(NamedTuple):
    """One line of the table."""

    event: str
    expected: str
    got: str
    code: str
    problem: str


class Function(NamedTuple):
    """A running `cargo lambda watch`."""

    name: str
    process: "subprocess.Popen[bytes]"
    port: int
    log: IO[bytes]

    def output(self, start: int = 0) -> str:
        """What it and the function have written so far, from byte `start` on."""
        return Path(self.log.name).read_bytes()[start:].decode(errors="replace")


def main() -> int:
    """Returns the exit code: 0 if every sample came out as expected."""
    # `kill` ends the run in the same orderly way as Ctrl-C, which a shell may have told to ignore.
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.default_int_handler)
    tables: dict[str, list[Row]] = {}
    try:
        for name in FUNCTIONS:
            tables[name] = run_all(name)
    except KeyboardInterrupt:
        return fail("interrupted")
    except (subprocess.SubprocessError, OSError, ValueError, KeyError) as error:
        return fail(str(error))
    for name, rows in tables.items():
        print_table(name, rows)
    rows = [row for rows in tables.values() for row in rows]
    wrong = [row for row in rows if row.problem]
    for row in wrong:
        print(f"{row.event}: {row.problem}\n")
    print(f"{len(rows)} samples, {len(wrong)} not as expected")
    return 1 if wrong else 0


def fail(problem: str) -> int:
    print(f"make run: {problem}", file=sys.stderr)
    return 1


def run_all(name: str) -> list[Row]:
    """Invokes the function `name` with all of its samples."""
    samples = load_samples(EVENTS / name)
    # What the first invocation would otherwise compile while the caller waits.
    subprocess.run(["cargo", "build", *FUNCTIONS[name]], cwd=ROOT, check=True)
    rows: list[Row] = []
    for settings in sorted({sample.settings for sample in samples}):
        group = [sample for sample in samples if sample.settings == settings]
        with running(name, settings) as function:
            rows += [run(function, sample) for sample in group]
            if any(row.problem for row in rows[-len(group) :]):
                print(f"the log of {name}:\n{function.output()}", file=sys.stderr)
    return rows


def load_samples(folder: Path) -> list[Sample]:
    """Every event with its expectation, by name."""
    events = sorted(folder.glob("*.json"))
    if not events:
        raise ValueError(f"no samples in `{folder.relative_to(ROOT)}`")
    return [
        Sample(event, json.loads((folder / "expected" / event.name).read_text()))
        for event in events
    ]


@contextlib.contextmanager
def running(name: str, settings: tuple[tuple[str, str], ...]) -> Iterator[Function]:
    """Runs the function under `cargo lambda watch`, and stops all of it however the block ends."""
    port = free_port()
    command = ["cargo", "lambda", "watch", "--invoke-address", HOST, "--invoke-port", str(port)]
    command += ["--ignore-changes", *FUNCTIONS[name]]
    environment = {"AWS_REGION": "eu-central-1", **os.environ, **shared_settings(name)}
    environment |= dict(settings)
    with tempfile.NamedTemporaryFile(prefix="portcullis-watch-") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        function = Function(name, process, port, log)
        try:
            wait_for_port(function)
            yield function
        finally:
            stop(process)


def shared_settings(name: str) -> dict[str, str]:
    lines = (EVENTS / f"{name}.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_for_port(function: Function) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if function.process.poll() is not None:
            raise OSError(f"`cargo lambda watch` ended at once:\n{function.output()}")
        with contextlib.suppress(OSError):
            socket.create_connection((HOST, function.port), timeout=1).close()
            return
        time.sleep(0.02)
    raise TimeoutError(f"`cargo lambda watch` does not listen:\n{function.output()}")


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Ends the process group: the watch, and the function it started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=3)


def run(function: Function, sample: Sample) -> Row:
    """Invokes the function with one event."""
    start = len(Path(function.log.name).read_bytes())
    command = ["cargo", "lambda", "invoke", function.name, "--data-file", str(sample.event)]
    command += ["--invoke-address", HOST, "--invoke-port", str(function.port)]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"no answer to `{sample.event.name}`:\n{function.output()}") from error
    got = {"answer": json.loads(done.stdout)} if done.returncode == 0 else error_of(done.stderr)
    code = logged_code(function.output(start))
    expected = {key: sample.expected[key] for key in ("answer", "error") if key in sample.expected}
    problem = ""
    if got != expected or code != sample.expected["code"]:
        wanted = {**expected, "code": sample.expected["code"]}
        problem = f"expected {json.dumps(wanted)}\n     got {json.dumps({**got, 'code': code})}"
    words = [in_words(outcome, sample.event) for outcome in (expected, got)]
    return Row(sample.event.stem, *words, code, problem)


def error_of(stderr: str) -> dict[str, Any]:
    """The message in `Error: <type>`, empty line, `  × <message>`, wrapped into lines of `  │ `."""
    _, _, report = stderr.partition("×")
    message = report.split("\n\n", 1)[0] or stderr
    return {"error": " ".join(line.strip(" │") for line in message.strip().splitlines())}


def logged_code(log: str) -> str:
    """The code in the last line of the decision log."""
    for line in reversed(log.splitlines()):
        with contextlib.suppress(ValueError, TypeError, KeyError):
            return str(json.loads(line)["code"])
    return "not logged"


def in_words(outcome: dict[str, Any], event: Path) -> str:
    """`Allow`, `Deny`, `isAuthorized true`, `HTTP 403 <code>` or `error <message>`."""
    if "error" in outcome:
        return textwrap.shorten(f"error {outcome['error']}", 40, placeholder=" …")
    answer = outcome["answer"]
    if "isAuthorized" in answer:
        return f"isAuthorized {str(answer['isAuthorized']).lower()}"
    if "statusCode" in answer:
        return f"HTTP {answer['statusCode']} {code_in(answer)}".rstrip()
    asked = json.loads(event.read_text())
    statements = answer.get("policyDocument", {}).get("Statement", [])
    return effect(statements, asked.get("routeArn") or asked.get("methodArn", ""))


def code_in(answer: dict[str, Any]) -> str:
    """The code that the sender of a delivery is told, if it is told one."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return str(json.loads(answer["body"])["code"])
    return ""


def effect(statements: list[dict[str, Any]], arn: str) -> str:
    """What API Gateway makes of a policy that covers more than what was asked for."""
    effects = set()
    for statement in statements:
        resources = statement["Resource"]
        for glob in [resources] if isinstance(resources, str) else resources:
            pattern = re.escape(glob).replace(r"\*", ".*").replace(r"\?", ".")
            if re.fullmatch(pattern, arn, re.DOTALL):
                effects.add(statement["Effect"])
    return "Allow" if effects == {"Allow"} else "Deny"


def print_table(name: str, rows: list[Row]) -> None:
    table = [(name, "expected", "got", "code"), *(row[:4] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table)]
    for cells in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())
    print()


if __name__ == "__main__":
    sys.exit(main())
