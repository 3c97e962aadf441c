"""All sessions see that there is no table, and only then may one of them create it."""

import asyncio
import os
import time
from functools import partial
from itertools import count

import asyncpg
import pytest

from workerlab.grading import creators
from workerlab.grading.creators import all_create_at_once
from workerlab.grading.databases import new_database, tables
from workerlab.services import Postgres

TABLE = "CREATE TABLE IF NOT EXISTS counts (n INTEGER)"
INDEX = "CREATE INDEX IF NOT EXISTS of_counts ON counts (n)"
FUNCTION = "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'"


@pytest.fixture(scope="module")
def server():
    postgres = Postgres(own=True)
    with postgres:
        yield postgres


@pytest.fixture
def at_once(server, monkeypatch):
    """What is tested, as a user that may lock the catalogues; on a machine of any speed."""
    monkeypatch.setattr(creators, "ALONE_S", 60)
    monkeypatch.setattr(creators, "HELD_S", 60)
    ours, busy = os.getpid(), creators.busy_threads

    def with_ours(pids):  # the main thread is the app here, and another one is the grader
        return busy(pids) | (busy([ours]) & {ours})

    monkeypatch.setattr(creators, "busy_threads", with_ours)
    return partial(all_create_at_once, by=server.admin_url, stores=[server.pid])


@pytest.fixture
def url(server, number=count()):  # noqa: B008 (one count for all tests)
    """An empty database."""
    return new_database(server.url, f"empty{next(number)}")


async def each(url: str, n: int, work) -> list:
    """The same work in `n` sessions at once; what each returned or raised."""
    sessions = [await asyncpg.connect(url) for _ in range(n)]
    try:
        return await asyncio.gather(*map(work, sessions), return_exceptions=True)
    finally:
        for session in sessions:
            await session.close()


def said(answers: list) -> dict[str, int]:
    """How often each response came; of an exception, its class."""
    names = [type(one).__name__ if isinstance(one, Exception) else str(one) for one in answers]
    return {name: names.count(name) for name in names}


@pytest.mark.parametrize("turn", range(2))
def test_of_five_that_create_a_table_one_succeeds_and_the_others_are_told_twofold(
    url, at_once, turn
):
    with at_once(url, 5) as meeting:
        answers = asyncio.run(each(url, 5, lambda session: session.execute(TABLE)))
    right = {"CREATE TABLE": 1, "UniqueViolationError": 1, "DuplicateTableError": 3}
    assert said(answers) == right
    assert tables(url) == ["counts"]
    assert not meeting.missed


@pytest.mark.parametrize("turn", range(2))
def test_two_that_create_a_table_meet_in_its_key(url, at_once, turn):
    with at_once(url, 2):
        answers = asyncio.run(each(url, 2, lambda session: session.execute(TABLE)))
    assert said(answers) == {"CREATE TABLE": 1, "UniqueViolationError": 1}


def test_five_that_create_a_function_meet_in_its_key(url, at_once):
    with at_once(url, 5):
        answers = asyncio.run(each(url, 5, lambda session: session.execute(FUNCTION)))
    assert said(answers) == {"CREATE FUNCTION": 1, "UniqueViolationError": 4}


def test_a_step_after_a_caught_error_meets_too(url, at_once):
    async def start(session):
        """Table by table, and each error is caught."""
        for name in "ab":
            try:
                await session.execute(TABLE.replace("counts", name))
            except (asyncpg.UniqueViolationError, asyncpg.DuplicateTableError):
                failed.append(name)

    failed: list[str] = []
    with at_once(url, 5):
        asyncio.run(each(url, 5, start))
    assert failed.count("a") == 4
    assert "b" in failed


def test_what_is_created_after_the_lock_is_released_meets(url, at_once):
    async def start(session):
        async with session.transaction():
            await session.execute("SELECT pg_advisory_xact_lock(1)")
            await session.execute(TABLE)
            await session.execute(INDEX)
        return await session.execute(FUNCTION)

    with at_once(url, 5):
        answers = asyncio.run(each(url, 5, start))
    assert said(answers) == {"CREATE FUNCTION": 1, "UniqueViolationError": 4}


@pytest.mark.parametrize(
    "queue",
    [
        f"BEGIN; SELECT pg_advisory_xact_lock(1); {TABLE}; {INDEX}; COMMIT",
        (
            f"BEGIN; SELECT pg_advisory_xact_lock(1); {TABLE}; COMMIT; "
            f"BEGIN; SELECT pg_advisory_xact_lock(1); {INDEX}; {FUNCTION}; COMMIT"
        ),
        f"BEGIN; SELECT pg_advisory_xact_lock(1); {FUNCTION}; {TABLE}; COMMIT",
    ],
)
def test_five_that_queue_for_an_advisory_lock_are_let_go(url, at_once, queue):
    with at_once(url, 5):
        answers = asyncio.run(each(url, 5, lambda session: session.execute(queue)))
    assert said(answers) == {"COMMIT": 5}


def test_those_that_hold_a_lock_of_their_own_while_they_create_are_let_go(url, at_once):
    """One waits for a lock of the app, in a transaction that has created a table already."""

    async def start(session):
        name = f"t{next(numbers)}"
        async with session.transaction():
            await session.execute(TABLE.replace("counts", name))
            async with lock:
                await second.execute(TABLE.replace("counts", f"{name}_too"))
        return "right"

    async def both():
        nonlocal lock, second
        lock, second = asyncio.Lock(), await asyncpg.connect(url)
        answers = await each(url, 3, start)
        await second.close()
        return answers

    numbers, lock, second = iter(range(9)), None, None
    with at_once(url, 3):
        assert said(asyncio.run(both())) == {"right": 3}


def test_a_worker_that_creates_nothing_is_not_held(url, at_once):
    with at_once(url, 5):
        answers = asyncio.run(each(url, 1, lambda session: session.fetchval("SELECT 1")))
    assert answers == [1]
    assert tables(url) == []


def test_a_single_creator_is_let_go_as_soon_as_all_sleep(url, at_once):
    began = time.monotonic()
    with at_once(url, 5) as meeting:
        assert asyncio.run(each(url, 1, lambda session: session.execute(TABLE))) == ["CREATE TABLE"]
    assert not meeting.missed
    assert time.monotonic() - began < 60


def test_nobody_is_held_for_long_while_others_are_on_their_way(url, at_once, monkeypatch):
    monkeypatch.setattr(creators, "ALONE_S", 0.2)
    monkeypatch.setattr(creators, "busy_threads", lambda pids: {1})
    with at_once(url, 5) as meeting:
        assert asyncio.run(each(url, 1, lambda session: session.execute(TABLE))) == ["CREATE TABLE"]
    assert meeting.missed


def test_a_database_that_cannot_be_reached_is_an_error_at_once(url, at_once):
    with (
        pytest.raises(asyncpg.InvalidCatalogNameError),
        at_once(f"{url}_that_is_not_there", 5),
    ):
        pass
