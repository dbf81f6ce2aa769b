"""The error of these scripts."""


class PackageError(Exception):
    """Something that the caller must read: no traceback helps."""
