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
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import processes
from processes import HOST, ServiceError, Started

ROOT = Path(__file__).resolve().parent.parent
EVENTS = ROOT / "events"
FUNCTIONS = ["authorizer", "webhook-authorizer"]
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
    port: int
    watch: Started


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
    except (subprocess.SubprocessError, OSError, ValueError, KeyError, ServiceError) as error:
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
    subprocess.run(["cargo", "build", *what_to_build(name)], cwd=ROOT, check=True)
    rows: list[Row] = []
    for settings in sorted({sample.settings for sample in samples}):
        group = [sample for sample in samples if sample.settings == settings]
        with running(name, settings) as function:
            rows += [run(function, sample) for sample in group]
            if any(row.problem for row in rows[-len(group) :]):
                print(f"the log of {name}:\n{function.watch.output()}", file=sys.stderr)
    return rows


def what_to_build(name: str) -> list[str]:
    """For `cargo`. The samples know no AWS service: the crate `local` has files in their place."""
    return ["--package", "local", "--bin", f"{name}-local"]


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
    port = processes.free_port()
    command = ["cargo", "lambda", "watch", "--invoke-address", HOST, "--invoke-port", str(port)]
    command += ["--locked", "--ignore-changes", *what_to_build(name)]
    environment = {"AWS_REGION": "eu-central-1", **os.environ, **shared_settings(name)}
    environment |= dict(settings)
    with tempfile.NamedTemporaryFile(prefix="portcullis-watch-") as log:
        with processes.running(
            "`cargo lambda watch`",
            command,
            Path(log.name),
            lambda: processes.listens(port),
            env=environment,
            cwd=ROOT,
        ) as watch:
            yield Function(name, port, watch)


def shared_settings(name: str) -> dict[str, str]:
    lines = (EVENTS / f"{name}.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def run(function: Function, sample: Sample) -> Row:
    """Invokes the function with one event."""
    start = function.watch.log.stat().st_size
    command = ["cargo", "lambda", "invoke", f"{function.name}-local", "--data-file", str(sample.event)]
    command += ["--invoke-address", HOST, "--invoke-port", str(function.port)]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise function.watch.error(f"did not answer to `{sample.event.name}`") from error
    got = {"answer": json.loads(done.stdout)} if done.returncode == 0 else error_of(done.stderr)
    code = logged_code(function.watch.output(start))
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
