"""sqlite3: one statement that adds and answers; whoever comes meanwhile waits."""

import os
import sqlite3
from contextlib import closing

from contract import serve

ADD = """INSERT INTO counts VALUES (1, 1)
ON CONFLICT (id) DO UPDATE SET n = n + 1 RETURNING n"""


def connect() -> sqlite3.Connection:
    return sqlite3.connect(os.environ["STATE_FILE"], isolation_level=None, timeout=30)


def increment() -> int:
    with closing(connect()) as base:
        return base.execute(ADD).fetchall()[0][0]


def report() -> int:
    with closing(connect()) as base:
        row = base.execute("SELECT n FROM counts").fetchone()
    return row[0] if row else 0


def reset() -> int:
    with closing(connect()) as base:
        base.execute("DELETE FROM counts")
    return 0


with closing(connect()) as first:
    first.execute("CREATE TABLE IF NOT EXISTS counts (id INTEGER PRIMARY KEY, n INTEGER)")

app = serve(increment, report, reset)
