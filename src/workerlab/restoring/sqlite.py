"""A SQLite database as it was, while an app has connections to it.

SQLite itself copies one database over the other (its backup API): with its locks, into its log
where it keeps one, and with a new number of the last change, so that no connection goes on with
pages that it remembers.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from workerlab.restoring.busy import Busy

MAGIC = b"SQLite format 3\0"
BESIDE = ("-journal", "-wal", "-shm")  # the ends of the files that SQLite puts beside a database
LOCKED = "{} is locked by a transaction that was left open"
WAIT_S, TRIES = 0.0005, 2_000  # for a connection of the app that still holds its lock


def is_database(path: Path) -> bool:
    """Whether this file is a SQLite database, and no empty one."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def copy(source: Path | None, target: Path) -> None:
    """Make the database `target` what `source` is; None is a database without any table.

    Raises Busy while a connection of the app keeps a lock on it, and sqlite3.Error for a database
    that is damaged.
    """
    with closing(_open(source)) as one, closing(_open(target)) as other:
        _prepare(other, target)
        if source is None:
            one.execute(f"PRAGMA page_size = {other.execute('PRAGMA page_size').fetchone()[0]}")
        left = TRIES

        def count(status: int, _remaining: int, _total: int) -> None:
            nonlocal left
            left -= status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not left:
                raise Busy(LOCKED.format(target.name))

        one.backup(other, progress=count, sleep=WAIT_S)


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    """Let a connection write without care for power cuts. Raises Busy as `copy` does.

    These read the database, too: a task of the app that never ends may hold a lock at this moment.
    """
    database.execute(f"PRAGMA busy_timeout = {int(1000 * WAIT_S * TRIES)}")
    try:
        database.execute("PRAGMA synchronous = OFF")
        if database.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            database.execute("PRAGMA journal_mode = memory")  # of this connection
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
        raise Busy(LOCKED.format(path.name)) from error
    database.execute("PRAGMA busy_timeout = 0")


def remove(path: Path) -> None:
    """Remove a database, and what SQLite has put beside it."""
    for end in ("", *BESIDE):
        path.with_name(path.name + end).unlink(missing_ok=True)


def _open(path: Path | None) -> sqlite3.Connection:
    return sqlite3.connect(path or ":memory:", timeout=0, isolation_level=None)
