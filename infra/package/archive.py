"""Zips whose bytes depend on their content alone."""

import io
import os
import time
import zipfile

from errors import PackageError

# The first moment that a zip can say.
EPOCH = (1980, 1, 1, 0, 0, 0)
EXECUTABLE = "bootstrap"


def mode(name: str) -> int:
    return 0o755 if name == EXECUTABLE else 0o644


def zipped(contents: dict[str, bytes]) -> bytes:
    """The zip of files by name."""
    timestamp = date()
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, timestamp)
            entry.create_system = 3
            entry.external_attr = (0o100000 | mode(name)) << 16
            archive.writestr(entry, contents[name], zipfile.ZIP_DEFLATED, 9)
    return output.getvalue()


def date() -> tuple[int, int, int, int, int, int]:
    seconds = source_date()
    if seconds is None:
        return EPOCH
    moment = time.gmtime(seconds)[:6]
    if not 1980 <= moment[0] <= 2107:
        raise PackageError("`SOURCE_DATE_EPOCH` is not between 1980 and 2107, as a zip needs it")
    return moment


def source_date() -> int | None:
    """SOURCE_DATE_EPOCH in seconds: <https://reproducible-builds.org/specs/source-date-epoch/>."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise PackageError(f"`SOURCE_DATE_EPOCH` is `{text}`, which is no number of seconds")
    return int(text)
