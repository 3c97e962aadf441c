"""Graded checks of lab 08: a counter that five workers share through Redis."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from workerlab.contracts import counter_checks as counter
from workerlab.contracts.counter import caller, each_worker, every_response_fits, mixed_requests
from workerlab.grading import check
from workerlab.grading.behind.nights import let_the_night_pass
from workerlab.grading.stores import redis_at
from workerlab.network.delay import Link, Stop
from workerlab.servers import Server
from workerlab.stepping import SteppedServer

DATABASE = 3  # not 0, which is what an address without a database means
LATE_S = 2.0  # how late a message from Redis is: less than an answer may take
PATIENCE_S = 12.0  # the contract's 10 s, and a little for a machine that is busy


@pytest.fixture(scope="module")
def services(services: dict[str, str]) -> dict[str, str]:
    """The lab's Redis, and a database in it that only a reader of REDIS_URL finds."""
    return {"REDIS_URL": services["REDIS_URL"].removesuffix("/0") + f"/{DATABASE}"}


@pytest.fixture(scope="module")
def link(services: dict[str, str]) -> Iterator[Link]:
    """Another way to the same Redis, on which messages can be late."""
    place = urlsplit(services["REDIS_URL"])
    with Link(place.hostname, place.port) as link:
        yield link


@pytest.fixture(scope="module")
def second(launch, link: Link) -> Iterator[Server]:
    """Another instance of the app, on a port of its own and on the same Redis, over the link."""
    url = f"redis://127.0.0.1:{link.port}/{DATABASE}"
    with launch(workers=1, env={"REDIS_URL": url}, apart=True) as server:
        yield server


@pytest.fixture(scope="module")
def wired(second: Server, link: Link) -> tuple[Server, Stop]:
    """The other instance, which reaches its Redis over a link anyway."""
    return second, link.stop


@check(
    "starts",
    title="Five workers start and respond",
    points=0.25,
    quick=True,
    hints=(
        "What does the file do while Python imports it, before any request has come?",
        (
            "Run `workerlab serve app.py` in the lab's folder (with REDIS_URL set) and read the "
            "last lines that it prints. The app must start on an empty Redis, in five processes at "
            "once."
        ),
        (
            "The file needs an object named `app`, and a store made from the environment: "
            '`store = Redis.from_url(os.environ["REDIS_URL"])`.'
        ),
    ),
)
def test_starts(server: Server, tried: dict) -> None:
    counter.starts(server, tried)


@check(
    "follows_the_contract",
    title="Each endpoint responds as the contract says",
    points=0.25,
    quick=True,
    hints=(
        "What exactly does each endpoint promise, and which of your responses differs?",
        (
            "Compare your responses with the contract in the README: method, path, status 200, a "
            "JSON object whose `count` is a number. Redis returns bytes (or text), and None for a "
            "key that does not exist."
        ),
        (
            'Build each response as `{"count": value}` of an `int(... or 0)`: an increment responds '
            "with the value *after* itself, a reset with 0. Declare both with "
            '`@app.post("/increment")` and `@app.post("/reset")`, with no `status_code`.'
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
            "Ask each of the five workers, one after the other: the next one must report what the "
            "last one counted. Anything at module level exists five times, and so does anything "
            "that a worker remembers."
        ),
        (
            'Keep nothing between requests: increment with `await store.incr("count")`, and let the '
            'report read `await store.get("count")` each time, the same key in every worker. Every '
            "worker answers: take away a `raise HTTPException(503, ...)`."
        ),
    ),
)
def test_one_object_for_all_workers(server: Server, tried: dict) -> None:
    counter.one_object_for_all_workers(server, tried)


@check(
    "reset_reaches_every_worker",
    title="One reset counts for all workers",
    points=0.25,
    quick=True,
    hints=(
        "One worker responds to a reset. How do the others learn of it?",
        (
            "The reset must change a value in Redis, and no worker may need its own memory to "
            "understand that value."
        ),
        'Let the reset do `await store.set("count", 0)`, and nothing else.',
    ),
)
def test_reset_reaches_every_worker(server: Server, tried: dict) -> None:
    counter.reset_reaches_every_worker(server, tried)


@check(
    "reads_its_settings",
    title="REDIS_URL alone says where the count is kept",
    points=0.25,
    hints=(
        "Where does your code get the address of its Redis: host, port, and database?",
        (
            "In another place the address is different. This check serves your app with the "
            "address of a second Redis, and a database number other than 0."
        ),
        'Give the whole address to the client: `Redis.from_url(os.environ["REDIS_URL"])`.',
    ),
)
def test_reads_its_settings(
    server: Server, stepped: SteppedServer, services: dict[str, str], tried: dict
) -> None:
    """The server that the schedules are searched on has a Redis of its own: it is the other one."""
    with (
        each_worker(server, tried) as (here, *_),
        each_worker(stepped.server, tried) as (there, *_),
    ):
        counter.reads_its_settings(here, there, setting="REDIS_URL", place="on another Redis")
    with redis_at(services["REDIS_URL"]) as store:
        used = store.info("keyspace")
    assert f"db{DATABASE}" in used, "the count is not kept in the database that REDIS_URL names"


@check(
    "no_lost_update",
    title="Increments and resets at the same moment all count",
    points=4.5,
    quick=True,
    hints=(
        (
            "Between the line that reads the count and the line that writes it: which other "
            "request may read?"
        ),
        (
            "Look at the schedule in the report. GET is one step for Redis and SET is another; an "
            "asyncio.Lock or threading.Lock lives in one worker. What you need is one step that reads, "
            "adds and writes, or a lock that all workers share, held over the read *and* the write."
        ),
        (
            'Replace both lines by `count = await store.incr("count")` and respond with that count, '
            'and let the reset do `await store.set("count", 0)` before it responds. Then no lock, '
            "WATCH or transaction is needed: take it away."
        ),
    ),
)
def test_no_lost_update(search) -> None:
    counter.no_lost_update(search)


@check(
    "every_answer_fits_one_order",
    title="Under a burst, all responses fit one order",
    points=2.5,
    hints=(
        "Can two increments ever be answered the same count? Then which of them made that value?",
        (
            "The response must have the value that *this* increment wrote. A second command that "
            "reads the count may read the value of a later increment; a copy in another place is "
            "late."
        ),
        (
            'INCR returns the new value itself: `return {"count": await store.incr("count")}`, '
            "with no GET after it; the report reads that key, "
            '`await store.get("count")`. Take away what makes a request fail under a burst: a lock, a '
            "WATCH, an object that requests share, a `max_connections`."
        ),
    ),
)
def test_every_answer_fits_one_order(
    search, server: Server, second: Server, link: Link, tried: dict
) -> None:
    counter.no_schedule_breaks_the_order(search)
    every_response_fits(server, mixed_requests(360), clients=40, tried=tried)
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
            "Three common faults: a lock whose holder is dead, a response that was sent before the "
            "count was written, and start-up code that writes (a replaced worker runs it again)."
        ),
        (
            'Count before you respond, with one command, `await store.incr("count")`, and no lock; '
            "if you do take a lock, give it a time-to-live of a few seconds: "
            '`store.lock("count:lock", timeout=5)` or `store.set(..., nx=True, ex=5)`. Write nothing '
            'at start-up, such as `store.set("count", 0)`.'
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
        "Two copies of your service run beside each other. What do their keys have in common?",
        (
            "Look for anything in the key, or in memory, that differs from one server to the next: a "
            "port, a pid, a random name."
        ),
        'Use one constant key: `"count"`.',
    ),
)
def test_shared_between_instances(server: Server, second: Server, link: Link, tried: dict) -> None:
    with link.holding(LATE_S):  # an app that counts by messages is late now, and not by luck
        counter.shared_between_instances(server, second, tried)


@check(
    "survives_a_quiet_night",
    title="The count does not expire",
    points=0.25,
    hints=(
        "No request comes for a whole night. Is the count still there in the morning?",
        (
            "Redis forgets a key when its time-to-live has passed. That is right for a lock, and wrong "
            "for the data."
        ),
        'Leave out `ex=`, `px=` and `expire` for the count itself: `await store.set("count", 0)`.',
    ),
)
def test_survives_a_quiet_night(server: Server, night, tried: dict) -> None:
    counter.survives_a_quiet_night(server, night, tried)


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
            "Start no processes in the app: delete the `subprocess.Popen(...)`. If you must start "
            "one, stop it after the `yield` in the lifespan."
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
            "The app stops and starts again, and Redis goes on all the while. What does the app do "
            "as it starts, or as it stops?"
        ),
        (
            "Code at module level and in the lifespan runs at every start, of every worker. Does any "
            "of it write, or make up a new key?"
        ),
        (
            'Delete the line that writes, such as `set("count", 0)` or `delete("count")`. An absent '
            'key already counts as 0: `int(await store.get("count") or 0)`.'
        ),
    ),
)
def test_survives_a_restart(second: Server, services: dict[str, str], tried: dict) -> None:
    let_the_night_pass(services["REDIS_URL"])  # such as a mark of a start that is under way
    counter.survives_a_restart(second, tried)
