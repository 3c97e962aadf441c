"""Graded checks of lab 10: a counter that five workers share in PostgreSQL, or in SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest

from workerlab.contracts import counter_checks as counter
from workerlab.contracts.counter import caller, each_worker, every_response_fits, mixed_requests
from workerlab.contracts.first_start import FirstStart
from workerlab.grading import check
from workerlab.grading.databases import tables
from workerlab.grading.manifest import Manifest
from workerlab.grading.places import StateFile
from workerlab.grading.staging import PrivateServices
from workerlab.network.delay import Link, Stop
from workerlab.servers import Server
from workerlab.stepping import SteppedServer

WORKERS, QUICK_WORKERS, SQLITE_WORKERS = 5, 2, 2
LATE_S = 2.0  # how late a message from PostgreSQL is: less than an answer may take
PATIENCE_S = 12.0  # the contract's 10 s, and a little for a machine that is busy
SEARCH = {"schedules": 45}  # for each placement: there are two databases to search on


@pytest.fixture(scope="module")
def postgres(stores: PrivateServices) -> PrivateServices:
    return stores


@pytest.fixture(scope="module")
def first_start(submission, postgres: PrivateServices, quick: bool) -> Iterator[FirstStart]:
    """The app under the stepping engine, started by all its workers at once on nothing."""
    workers = QUICK_WORKERS if quick else WORKERS
    report = ("GET", "/report", None)
    with FirstStart(submission / "app.py", postgres, workers, lambda _: [report]) as first:
        yield first


@pytest.fixture(scope="module")
def stepped(first_start: FirstStart) -> SteppedServer:
    return first_start.stepped


@pytest.fixture(scope="module")
def server(stepped: SteppedServer) -> Server:
    """The stepped server's own server: requests that are not stepped run free there."""
    return stepped.server


@pytest.fixture(scope="module")
def services(first_start: FirstStart) -> dict[str, str]:
    return {"DATABASE_URL": first_start.url}


@pytest.fixture(scope="module")
def link(services: dict[str, str]) -> Iterator[Link]:
    """Another way to the same PostgreSQL, on which messages can be late."""
    place = urlsplit(services["DATABASE_URL"])
    with Link(place.hostname, place.port) as link:
        yield link


@pytest.fixture(scope="module")
def second(launch, services: dict[str, str], link: Link) -> Iterator[Server]:
    """Another instance of the app, on a port of its own and on the same database, over the link."""
    place = urlsplit(services["DATABASE_URL"])
    over = place._replace(netloc=f"postgres@127.0.0.1:{link.port}")
    over = urlunsplit(over)
    with launch(workers=1, env={"DATABASE_URL": over}, apart=True) as server:
        yield server


@pytest.fixture(scope="module")
def wired(second: Server, link: Link) -> tuple[Server, Stop]:
    """The other instance, which reaches its PostgreSQL over a link anyway."""
    return second, link.stop


@pytest.fixture(scope="module")
def on_sqlite(lab: Manifest, submission) -> Iterator[SteppedServer]:
    """The same app on a SQLite file that is not there yet."""
    with StateFile() as path:
        env = {"DATABASE_URL": f"sqlite://{path}"}  # the path begins with the third slash
        stepped = SteppedServer(submission / "app.py", workers=SQLITE_WORKERS, env=env)
        stepped.__enter__()  # a start that fails leaves nothing to close
        try:
            yield stepped
        finally:
            stepped.close(kill=True)


@check(
    "starts",
    title="Five workers start and respond",
    points=0.25,
    quick=True,
    hints=(
        "What does the file do while Python imports it, and what does its lifespan do?",
        (
            "Run `workerlab serve app.py` in the lab's folder (with DATABASE_URL set to "
            "`sqlite:///tmp/count.sqlite`, say) and read the last lines that it prints."
        ),
        (
            "The file needs an object named `app`, and a connection made from the environment: "
            '`RegisterTortoise(app, db_url=os.environ["DATABASE_URL"], …)` in the lifespan.'
        ),
    ),
)
def test_starts(server: Server, tried: dict) -> None:
    counter.starts(server, tried)


@check(
    "starts_on_an_empty_database",
    title="All workers may start at once on an empty database",
    points=1.5,
    quick=True,
    hints=(
        "There is no table yet, and five workers see this at the same moment. What happens then?",
        (
            "CREATE TABLE IF NOT EXISTS looks first and creates afterwards. On PostgreSQL those "
            "are two steps: all five have looked when the first has created. The other four get an "
            "error, and an exception in the lifespan stops the whole server."
        ),
        (
            "In the lifespan (and not by `generate_schemas=True`), call "
            "`await Tortoise.generate_schemas()` and `get_or_create`; catch what they raise "
            "(IntegrityError, OperationalError) and try both again: the table is there by now. Or "
            "take `SELECT pg_advisory_xact_lock(1)` first, in one transaction with the rest."
        ),
    ),
)
def test_starts_on_an_empty_database(first_start: FirstStart) -> None:
    first_start.must_have_gone_well()


@check(
    "follows_the_contract",
    title="Each endpoint responds as the contract says",
    points=0.25,
    quick=True,
    hints=(
        "What exactly does each endpoint promise, and which of your responses differs?",
        (
            "Compare your responses with the contract in the README: method, path, status 200, a "
            "JSON object whose `count` is a number. After `meta.count = F(…)` and `save()`, what "
            "is in `meta.count`?"
        ),
        (
            "An increment responds with the value *after* itself: fetch the row again "
            "(`await meta.refresh_from_db()`), or let the database return it with `RETURNING`."
        ),
    ),
)
def test_follows_the_contract(server: Server, tried: dict) -> None:
    counter.follows_the_contract(server, tried)


@check(
    "one_object_for_all_workers",
    title="All workers see the same count",
    points=0.5,
    quick=True,
    hints=(
        "In which process's memory is the number that the report returns?",
        (
            "A model instance that a worker has fetched once is a copy. The row has changed by the "
            "next request, and each worker has a copy of its own."
        ),
        "Keep no instance between requests: `await Meta.get(id=1)` in each of them, and one row.",
    ),
)
def test_one_object_for_all_workers(server: Server, tried: dict) -> None:
    counter.one_object_for_all_workers(server, tried)


@check(
    "reset_reaches_every_worker",
    title="One reset counts for all workers",
    points=0.5,
    quick=True,
    hints=(
        "One worker responds to a reset. How do the others learn of it?",
        "The reset must change the row in the database, and must commit it.",
        "Let the reset do `await Meta.filter(id=1).update(count=0)`, and nothing else.",
    ),
)
def test_reset_reaches_every_worker(server: Server, tried: dict) -> None:
    counter.reset_reaches_every_worker(server, tried)


@check(
    "reads_its_settings",
    title="DATABASE_URL alone says where the count is kept",
    points=0.25,
    hints=(
        "Where does your code get the address of its database: host, port, user, and name?",
        (
            "This check serves your app on PostgreSQL and on SQLite, which must not share a count. "
            "The PostgreSQL has several databases, and the address names one."
        ),
        'Give the whole address to Tortoise: `db_url=os.environ["DATABASE_URL"]`.',
    ),
)
def test_reads_its_settings(
    server: Server, on_sqlite: SteppedServer, postgres: PrivateServices, tried: dict
) -> None:
    with (
        each_worker(server, tried) as (here, *_),
        each_worker(on_sqlite.server, tried) as (there, *_),
    ):
        counter.reads_its_settings(here, there, setting="DATABASE_URL", place="on another database")
    strangers = tables(postgres.env["DATABASE_URL"])
    message = "the count is not kept in the database that DATABASE_URL names, but in 'postgres'"
    assert not strangers, f"{message} (there is a table {', '.join(strangers)[:200]})"


@check(
    "no_lost_update",
    title="Increments and resets at the same moment all count",
    points=2.5,
    quick=True,
    hints=(
        (
            "Between the line that reads the row and the line that saves it: which other request "
            "may read?"
        ),
        (
            "Look at the schedule in the report. A transaction does not help by itself: PostgreSQL "
            "lets two of them read the same row. Either the database adds, or the row is locked "
            "*before* it is read."
        ),
        (
            'Let the database add, `await Meta.filter(id=1).update(count=F("count") + 1)`, and read '
            "the row in the same `async with in_transaction()`. Or read it there with "
            "`Meta.select_for_update()`, before you add."
        ),
    ),
)
def test_no_lost_update(search) -> None:
    counter.no_lost_update(search, **SEARCH)


@check(
    "no_lost_update_on_sqlite",
    title="The same on SQLite, and no request fails with 'database is locked'",
    points=1.5,
    hints=(
        "SQLite has no row locks. What does it do with `select_for_update`?",
        (
            "Tortoise leaves the lock out on SQLite, and reports nothing. A transaction that has "
            "read first, and wants to write after another has written, is refused at once: that is "
            "a 500."
        ),
        (
            'Begin the transaction with the write: first `Meta.filter(id=1).update(count=F("count") + '
            "1)`, then `Meta.get(id=1)`."
        ),
    ),
)
def test_no_lost_update_on_sqlite(search, on_sqlite: SteppedServer, tried: dict) -> None:
    options = {"on": on_sqlite, "after": "GET /report", **SEARCH}
    search("POST /increment | POST /increment", before="POST /reset", **options)
    every_response_fits(on_sqlite.server, mixed_requests(80), clients=8, tried=tried)


@check(
    "every_answer_fits_one_order",
    title="Under a burst, all responses fit one order",
    points=1.5,
    hints=(
        "Can two increments ever be answered the same count? Then which of them made that value?",
        (
            "The response must have the value that *this* increment wrote. Another statement that "
            "reads the row, in a transaction of its own, may read the value of a later increment."
        ),
        (
            "Read the row in the transaction that has changed it: until it ends, the row is locked. A "
            "report reads the row too, `(await Meta.get(id=1)).count`, and not a copy."
        ),
    ),
)
def test_every_answer_fits_one_order(
    search, server: Server, second: Server, link: Link, tried: dict
) -> None:
    counter.no_schedule_breaks_the_order(search, **SEARCH)
    every_response_fits(server, mixed_requests(240), clients=40, tried=tried)
    every_response_fits(server, mixed_requests(40, resets=True), clients=5, tried=tried)
    with caller(server, tried) as one, caller(second, tried) as other:
        other.report()  # if it keeps a copy for a report, it has it now
        for change in (one.increment, one.reset):
            with link.holding(LATE_S):
                count = change()
                seen = other.report()
            assert seen == count, (
                f"the count was {count}, and a report begun after that says {seen}: it tells a "
                "copy, and the message with the new count was still on its way"
            )


@check(
    "survives_a_killed_worker",
    title="A worker killed at any point harms no other",
    points=0.5,
    hints=(
        (
            "If a worker dies on this very line, what does it leave behind, and which requests "
            "wait for it?"
        ),
        (
            "Three common faults: a lock of your own whose holder is dead (PostgreSQL releases its "
            "own), a response that was sent before the transaction was committed, and start-up "
            "code that writes (a replaced worker runs it again)."
        ),
        (
            "Commit before you respond: `async with in_transaction()` in the request itself, not in a "
            "background task. Let the database do the locking, and make the row at start-up only where "
            "there is none: `get_or_create`."
        ),
    ),
)
def test_survives_a_killed_worker(crash) -> None:
    crash("POST /increment", before="POST /reset", after="GET /report", deadline=PATIENCE_S)


@check(
    "shared_between_instances",
    title="Two instances share one count",
    points=0.25,
    hints=(
        "Two copies of your service run beside each other. Which row does each of them use?",
        "Look for anything in the key, or in memory, that differs from one server to the next.",
        "Use one row with a constant key: `id=1`.",
    ),
)
def test_shared_between_instances(server: Server, second: Server, link: Link, tried: dict) -> None:
    with link.holding(LATE_S):  # an app that counts by messages is late now, and not by luck
        counter.shared_between_instances(server, second, tried)


@check(
    "leaves_nothing_behind",
    title="After a stop, no process is left",
    points=0.25,
    hints=(
        "Does the app start any process or task of its own?",
        (
            "A worker ends without running `atexit`. Any process that it started goes on running, "
            "unless the lifespan stops it."
        ),
        (
            "Start no processes in the app; if you must start one, stop it after the `yield` in "
            "the lifespan."
        ),
    ),
)
def test_leaves_nothing_behind(server: Server, tried: dict) -> None:
    counter.leaves_nothing_behind(server, tried)


@check(
    "survives_a_restart",
    title="A restart of the app forgets nothing",
    points=0.25,
    hints=(
        (
            "The app stops and starts again, and the database goes on all the while. What does the "
            "app do as it starts, or as it stops?"
        ),
        "Code in the lifespan runs at every start, of every worker. Does any of it write a count?",
        (
            "Delete the line that writes (`update` or `save`), before or after the `yield`. "
            "`get_or_create` does not change an existing row."
        ),
    ),
)
def test_survives_a_restart(second: Server, tried: dict) -> None:
    counter.survives_a_restart(second, tried)
