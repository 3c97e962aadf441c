"""psycopg and PostgreSQL, a connection for each request: read and save, UPDATE … RETURNING."""

import os

import psycopg
from serving import serve


def one(sql, *values):
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as base:
        found = base.execute(sql, values)
        return found.fetchone()[0] if found.description else None


def report():
    return one("SELECT n FROM counts")


def reset():
    one("UPDATE counts SET n = 0")
    return 0


def racy():
    count = one("SELECT n FROM counts")
    one("UPDATE counts SET n = %s", count + 1)
    return count + 1


def returning():
    return one("UPDATE counts SET n = n + 1 RETURNING n")


def for_update():
    with psycopg.connect(os.environ["DATABASE_URL"]) as base:
        count = base.execute("SELECT n FROM counts FOR UPDATE").fetchone()[0]
        base.execute("UPDATE counts SET n = %s", (count + 1,))
    return count + 1


app = serve(globals()[os.environ["FIX"]], report, reset)
