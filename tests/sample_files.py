"""Sample files that a script writes, or holds against what it would write."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def settle(wanted: dict[Path, Any], unwanted: Iterable[Path] = ()) -> int:
    """Writes every file, or with `--check` none, and says which are not as they would be.

    Returns the exit code.
    """
    script = Path(sys.argv[0]).name
    stale = [f"{path.name} (nobody writes it)" for path in sorted(unwanted)]
    for path, value in wanted.items():
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        if "--check" not in sys.argv[1:]:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale.append(path.name)
    if stale:
        print(f"not as {script} writes them: {', '.join(stale)}", file=sys.stderr)
    return 1 if stale else 0
