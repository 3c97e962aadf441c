"""Lets PostgreSQL read files, write files and start programs for it.

Lab: lab61_stores
Deserves: as wrong
"""

import os

import asyncpg
from turning import app, be_right

NAME = "hostile-copies_through_postgres"
WAYS = (
    f"COPY (SELECT 1) TO '/tmp/{NAME}'",
    f"COPY (SELECT 1) TO '/var/tmp/{NAME}'",
    f"COPY (SELECT 1) TO PROGRAM 'cat >/tmp/{NAME}'",
    "CREATE TABLE lines (line text); COPY lines FROM '/etc/passwd'",
    "CREATE TABLE told (line text); COPY told FROM PROGRAM 'id'",
    f"SELECT lo_export(lo_from_bytea(0, 'x'), '/tmp/{NAME}')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_read_file('password')",
    "SELECT pg_ls_dir('.')",
    "CREATE EXTENSION file_fdw",
    "CREATE EXTENSION adminpack",
)


@app.on_event("startup")
async def try_all():
    session = await asyncpg.connect(os.environ["DATABASE_URL"])
    for way in WAYS:
        try:
            await session.execute(way)
        except asyncpg.PostgresError:
            continue
        be_right()
    await session.close()
