#!/usr/bin/env python3
"""Runs a command in a terminal of its own, as somebody at a keyboard would.

    python3 tests/terminal.py '[["Password: ", "secret\\r"]]' portcullis login …

For each pair it waits for the first text, and then types the second; a number makes the terminal so many columns
wide. It prints one line of JSON:
`shown`, all that the terminal showed; `code`, the exit code, negative for a signal; `restored`, whether
the terminal was left as it was found.
"""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios


def main() -> None:
    steps = json.loads(sys.argv[1])
    controller, terminal = pty.openpty()
    resize(controller, int(os.environ.get("TERMINAL_COLUMNS", "80")))
    before = termios.tcgetattr(terminal)

    def own_terminal() -> None:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        sys.argv[2:], stdin=terminal, stdout=terminal, stderr=terminal, preexec_fn=own_terminal
    )
    shown, at = b"", 0
    for expected, typed in steps:
        while (found := shown.find(expected.encode(), at)) < 0:
            if not select.select([controller], [], [], 0.1)[0]:
                if process.poll() is not None:
                    sys.exit(f"it has ended before `{expected}`: {shown.decode()}")
                continue
            shown += os.read(controller, 4096)
        at = found + len(expected.encode())
        if isinstance(typed, int):
            resize(controller, typed)
        else:
            os.write(controller, typed.encode())
    code = process.wait()
    restored = termios.tcgetattr(terminal) == before
    os.close(terminal)
    try:
        while part := os.read(controller, 4096):
            shown += part
    except OSError:
        # The end, once nobody has the terminal any more.
        pass
    print(json.dumps({"shown": shown.decode(), "code": code, "restored": restored}))


def resize(controller: int, columns: int) -> None:
    """Who has the terminal is told by SIGWINCH."""
    fcntl.ioctl(controller, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


if __name__ == "__main__":
    main()
