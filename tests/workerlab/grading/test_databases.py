"""A session of the grader's takes nothing from the database of an app."""

import asyncio
import time

import asyncpg
import pytest

from workerlab.grading.creators import all_create_at_once
from workerlab.grading.databases import new_database, tables
from workerlab.services import Postgres


@pytest.fixture(scope="module")
def server():
    postgres = Postgres(own=True)
    with postgres:
        yield postgres


async def _each(url: str, statements: list[str]) -> list:
    sessions = [await asyncpg.connect(url) for _ in statements]
    try:
        asked = zip(sessions, statements, strict=True)
        every = [session.execute(statement) for session, statement in asked]
        return await asyncio.gather(*every, return_exceptions=True)
    finally:
        for session in sessions:
            await session.close()


TRAPS = """
CREATE FUNCTION public.act() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('COPY (SELECT 1) TO %L', current_setting('data_directory') || '/acted');
    RETURN 1;
EXCEPTION WHEN OTHERS THEN
    RETURN 1;
END $$;
CREATE VIEW public.pg_locks AS SELECT public.act() AS pid, false AS granted;
CREATE VIEW public.pg_tables AS SELECT 'none'::text AS tablename, 'public'::text AS schemaname;
CREATE TABLE public.ours (n int);
"""
SETTINGS = (
    "search_path = public, pg_catalog",
    "role = postgres",
    "statement_timeout = 1",
    "lock_timeout = 1",
    "idle_in_transaction_session_timeout = 1",
    "default_transaction_read_only = on",
    "local_preload_libraries = no_such_library",
)
SINCE_17 = "transaction_timeout = 1"  # an older PostgreSQL does not know it


def test_the_graders_session_takes_nothing_from_the_apps_database(server):
    """An app owns its database: its settings and its views there are not for the grader."""
    url = new_database(server.url, "trapped")
    settings = [f"ALTER DATABASE trapped SET {each}" for each in SETTINGS]
    assert asyncio.run(_each(url, [TRAPS])) == ["CREATE TABLE"]
    for setting in settings:
        assert asyncio.run(_each(server.url, [setting])) == ["ALTER DATABASE"]
    asyncio.run(_each(server.url, [f"ALTER DATABASE trapped SET {SINCE_17}"]))
    began = time.monotonic()
    with all_create_at_once(url, 1, by=server.admin_url):
        while time.monotonic() - began < 0.2:  # it asks again and again which session waits
            pass
    assert not [*server.folder.rglob("acted")]
    assert tables(url) == ["ours"]
