"""sqlite3: read and write in one transaction that takes the write lock first."""

import os
import sqlite3
from contextlib import closing

from serving import serve


def connect():
    base = sqlite3.connect(os.environ["STATE_FILE"], isolation_level=None, timeout=5)
    base.execute("CREATE TABLE IF NOT EXISTS counts (id INTEGER PRIMARY KEY, n INTEGER)")
    base.execute("INSERT OR IGNORE INTO counts VALUES (1, 0)")
    return base


def report():
    with closing(connect()) as base:
        return base.execute("SELECT n FROM counts").fetchone()[0]


def reset():
    with closing(connect()) as base:
        base.execute("UPDATE counts SET n = 0")
    return 0


def racy():
    with closing(connect()) as base:
        count = base.execute("SELECT n FROM counts").fetchone()[0]
        base.execute("UPDATE counts SET n = ?", (count + 1,))
    return count + 1


def immediate():
    with closing(connect()) as base:
        base.execute("BEGIN IMMEDIATE")
        count = base.execute("SELECT n FROM counts").fetchone()[0]
        base.execute("UPDATE counts SET n = ?", (count + 1,))
        base.execute("COMMIT")
    return count + 1


app = serve(globals()[os.environ["FIX"]], report, reset)
