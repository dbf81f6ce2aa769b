"""Writes the access tables of real public APIs, with three roles each, into `tests/tables`.

    python3 tests/make_tables.py real-apis.json

The file is an object from the name of an API to its paths, each with its methods. A route's module is
its first segment after what all paths begin with, or `root` where that is a parameter; an API with more
modules than a table may have shares them out in turn. `viewer` reads everything, `agent` also writes and deletes in
every other module, `admin` everywhere. API Gateway has no segment that is a parameter in part: such a
one is taken as a parameter.
"""

import json
import pathlib
import re
import sys

MOST_MODULES = 32
PARAMETER = re.compile(r"\{[^{}]+\}")
ACTIONS = {"GET": "read", "HEAD": "read", "OPTIONS": "read"}


def segments(path):
    return [segment for segment in path.split("/") if segment]


def merged(routes):
    """`routes` by the shape of their paths, each with the methods of all paths of that shape."""
    by_shape = {}
    for path, methods in routes:
        names = enumerate(segments(path))
        partly = [name if "{" not in name or PARAMETER.fullmatch(name) else f"{{p{at}}}" for at, name in names]
        shape = tuple("{}" if segment.startswith("{") else segment for segment in partly)
        known = by_shape.setdefault(shape, ("/" + "/".join(partly), []))
        known[1].extend(method for method in methods if method not in known[1])
    return list(by_shape.values())


def common_prefix(paths):
    """How many literal segments all `paths` begin with; never all segments of one."""
    rows = [segments(path) for path in paths]
    length = 0
    while all(len(row) > length + 1 and row[length] == rows[0][length] for row in rows):
        if PARAMETER.fullmatch(rows[0][length]):
            break
        length += 1
    return length


def module_of(path, prefix):
    first = (segments(path)[prefix:] or ["{}"])[0]
    return "root" if "{" in first else re.sub("[^a-z0-9-]+", "-", first.split(".")[0].lower()).strip("-")


def table(name, routes):
    prefix = common_prefix([path for path, _ in routes])
    names = sorted({module_of(path, prefix) for path, _ in routes})
    if len(names) <= MOST_MODULES:
        module = {name: name for name in names}
    else:
        module = {name: f"m{index % MOST_MODULES}" for index, name in enumerate(names)}
    modules = sorted(set(module.values()))
    writable = [f'"write:{name}"' for name in modules[::2]]
    lines = [
        f"# {name}: {len(routes)} routes, written by `tests/make_tables.py`.",
        "modules = [" + ", ".join(f'"{name}"' for name in modules) + "]",
        '\n[gateway]\nroutes = "closed"\nresource_policy = "none"\npolicy = "caller"',
        '\n[roles.viewer]\ngrants = ["read:*"]',
        '\n[roles.agent]\ngrants = ["read:*", ' + ", ".join(writable) + "]",
        '\n[roles.admin]\ngrants = ["read:*", "write:*"]',
    ]
    for path, methods in routes:
        lines.append(f'\n[[routes]]\npath = "{path}"')
        for method in methods:
            lines.append(f'{method} = "{ACTIONS.get(method, "write")}:{module[module_of(path, prefix)]}"')
    return "\n".join(lines) + "\n"


def main():
    folder = pathlib.Path(__file__).parent / "tables"
    folder.mkdir(exist_ok=True)
    for name, routes in json.loads(pathlib.Path(sys.argv[1]).read_text()).items():
        (folder / f"{name}.toml").write_text(table(name, merged(routes)))


if __name__ == "__main__":
    main()
