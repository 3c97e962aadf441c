"""What files, segments of shared memory, and databases of SQLite hold.

A database is copied with its journal, and the copy is opened: so no lock is taken beside the app's.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

MOST, MANY = 2_000_000, 200  # bytes of a file, and files
SHARED = Path("/dev/shm")
CODE = (".py", ".pyc", ".ipynb", ".toml", ".md", ".svg", ".html", ".log", ".so", ".json5", ".sock")
DATA, PLACES = ("STATE", "PLACE", "DATA", "DB", "FILE", "JOURNAL", "LOCK"), ("_FOLDER", "_FILE")
MAGIC = b"SQLite format 3\0"


def places(settings: dict[str, str], folder: Path) -> list[Path]:
    """Where the app may keep its data: the paths and names in its settings, and its own folder."""
    named = [
        Path(value)
        for name, value in settings.items()
        if value.startswith("/") and (name.startswith(DATA) or name.endswith(PLACES))
    ]
    segments = [SHARED / v for k, v in settings.items() if k.startswith("STATE") and "/" not in v]
    return [*named, *segments, folder]


def descendants(pid: int) -> list[int]:
    """All processes below this one."""
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for word in (task / "children").read_text().split():
                found += [int(word), *descendants(int(word))]
    return found


def held(where: list[Path], pids: list[int]) -> dict[str, bytes]:
    """All files at these places, by their paths; and those that these processes have open."""
    paths: set[Path] = set()
    for place in where:
        if place.is_dir():
            paths |= {one for one in place.iterdir() if one.suffix not in CODE}
        elif place.parent.is_dir():
            paths |= {*place.parent.glob(f"{place.name}*")}
    for pid in pids:
        paths |= _open(pid)
    found: dict[str, bytes] = {}
    for path in sorted({one.resolve() for one in paths})[
        :MANY
    ]:  # each file once, whatever its names
        with suppress(OSError):
            if path.is_file() and path.stat().st_size < MOST:
                found[str(path)] = path.read_bytes()
    return found


def _open(pid: int) -> set[Path]:
    found: set[Path] = set()
    with suppress(OSError):
        for one in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                path = one.readlink()
                if path.is_file() and not str(path).startswith(("/proc", "/dev/null", "/dev/tty")):
                    found |= {path} if path.suffix not in CODE else set()
    return found


def tables(files: dict[str, bytes]) -> dict[tuple[str, str], dict[Any, tuple[Any, ...]]]:
    """The rows of all databases of SQLite among the files, as somebody else sees them."""
    found: dict[tuple[str, str], dict[Any, tuple[Any, ...]]] = {}
    for path, copy in _copies(files):
        with suppress(sqlite3.Error):
            found |= _rows(path, copy)
    return found


def _copies(files: dict[str, bytes]) -> Iterator[tuple[str, Path]]:
    """Each database of SQLite by its path, and a copy that is gone afterwards."""
    for path, data in files.items():
        beside = [path + end for end in ("-wal", "-journal")]
        if data.startswith(MAGIC) or (not data and any(one in files for one in beside)):
            with tempfile.TemporaryDirectory(prefix="witness-") as name:
                for one in (path, *beside):
                    if one in files:
                        Path(name, Path(one).name).write_bytes(files[one])
                yield path, Path(name, Path(path).name)


def selected(files: dict[str, bytes], query: str) -> list[list[tuple[Any, ...]]]:
    """What a query gives in each of the databases in which it can be asked."""
    found = []
    for _, copy in _copies(files):
        with suppress(sqlite3.Error), closing(sqlite3.connect(copy)) as base:
            found.append(base.execute(query).fetchall())
    return found


def writes_to(files: dict[str, bytes]) -> list[bytes]:
    """What changes with each commit: a count in the header of a database, or its log."""
    counts = [data[24:28] for data in files.values() if data.startswith(MAGIC)]
    return [*counts, *(data for path, data in files.items() if path.endswith("-wal"))]


def _rows(path: str, copy: Path) -> dict[tuple[str, str], dict[Any, tuple[Any, ...]]]:
    found: dict[tuple[str, str], dict[Any, tuple[Any, ...]]] = {}
    with closing(sqlite3.connect(copy)) as base:
        names = base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in names:
            quoted = table.replace('"', '""')
            try:
                rows = base.execute(f'SELECT rowid, * FROM "{quoted}"').fetchall()  # noqa: S608
            except sqlite3.OperationalError:  # a table without rowids
                rows = base.execute(f'SELECT * FROM "{quoted}"').fetchall()  # noqa: S608
                rows = [(row, *row) for row in rows]
            found[path, table] = {row[0]: row[1:] for row in rows}
    return found


def rows_changed(before: dict[Any, Any], after: dict[Any, Any]) -> range:
    """How many rows of all tables were changed: REPLACE counts one that goes and one that comes as one."""
    least = most = 0
    for table in {*before, *after}:
        was, now = before.get(table, {}), after.get(table, {})
        gone, come = len(was.keys() - now.keys()), len(now.keys() - was.keys())
        same = sum(was[row] != now[row] for row in was.keys() & now.keys())
        least, most = least + same + max(gone, come), most + same + gone + come
    return range(least, most + 1)
