"""All sessions see that there is no table, and only then may one of them make it."""

import asyncio
import time
from functools import partial

import asyncpg
import pytest

from workerlab.grading.databases import all_make_their_tables_at_once, new_database, tables
from workerlab.services import Postgres

TOO_LATE = (  # which of them it is depends on how far the first one has come
    asyncpg.UniqueViolationError,
    asyncpg.DuplicateTableError,
    asyncpg.DuplicateObjectError,
)
MAKE = "CREATE TABLE IF NOT EXISTS counts (n INTEGER)"


@pytest.fixture(scope="module")
def server():
    postgres = Postgres(own=True)
    with postgres:
        yield postgres


@pytest.fixture(scope="module")
def url(server):
    return server.url


@pytest.fixture(scope="module")
def at_once(server):
    """What is tested, as a user that may lock the catalogue."""
    return partial(all_make_their_tables_at_once, by=server.admin_url)


async def _each(url: str, statements: list[str]) -> list:
    sessions = [await asyncpg.connect(url) for _ in statements]
    try:
        asked = zip(sessions, statements, strict=True)
        every = [session.execute(statement) for session, statement in asked]
        return await asyncio.gather(*every, return_exceptions=True)
    finally:
        for session in sessions:
            await session.close()


@pytest.mark.parametrize("turn", range(3))
def test_of_five_that_make_a_table_one_succeeds(url, at_once, turn):
    own = new_database(url, f"five{turn}")
    with at_once(own, 5):
        answers = asyncio.run(_each(own, [MAKE] * 5))
    late = [answer for answer in answers if isinstance(answer, Exception)]
    assert len(late) == 4
    assert [repr(answer) for answer in late if not isinstance(answer, TOO_LATE)] == []
    assert tables(own) == ["counts"]


def test_five_that_queue_for_an_advisory_lock_are_let_go(url, at_once):
    own = new_database(url, "queue")
    queue = f"BEGIN; SELECT pg_advisory_xact_lock(1); {MAKE}; COMMIT"
    with at_once(own, 5):
        answers = asyncio.run(_each(own, [queue] * 5))
    assert answers == ["COMMIT"] * 5


def test_a_worker_that_makes_no_table_is_not_held(url, at_once):
    own = new_database(url, "reader")
    with at_once(own, 5):
        assert asyncio.run(_each(own, ["SELECT 1"])) == ["SELECT 1"]
    assert tables(own) == []


def test_who_is_alone_is_let_go_in_the_end(url, at_once, monkeypatch):
    monkeypatch.setattr("workerlab.grading.databases.NO_OTHER_S", 0.1)
    own = new_database(url, "alone")
    with at_once(own, 5):
        assert asyncio.run(_each(own, [MAKE])) == ["CREATE TABLE"]


def test_a_database_that_cannot_be_reached_is_an_error_at_once(url, at_once):
    with (
        pytest.raises(asyncpg.InvalidCatalogNameError),
        at_once(f"{url}_that_is_not_there", 5),
    ):
        pass


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
    with all_make_their_tables_at_once(url, 1, by=server.admin_url):
        while time.monotonic() - began < 0.2:  # it asks again and again which session waits
            pass
    assert not [*server.folder.rglob("acted")]
    assert tables(url) == ["ours"]
