"""Graded checks of lab 08: a counter that five workers share through Redis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import pytest
import redis

from workerlab.grading import CheckInconclusive, check
from workerlab.history import History
from workerlab.linearizability import check as fits_one_order
from workerlab.models import counter, counter_operations
from workerlab.servers import Server
from workerlab.services import Redis
from workerlab.traffic import burst, until_every_worker_answers

INCREMENT, REPORT, RESET = ("POST", "/increment"), ("GET", "/report"), ("POST", "/reset")
ANSWER_S = 10.0  # seconds that one request may take


# --- Asking -------------------------------------------------------------------------------


def answer(connection: HTTPConnection, request: tuple[str, str]) -> object:
    """The JSON that comes back; an assertion for anything but 200 and JSON."""
    method, path = request
    try:
        connection.request(method, path)
        response = connection.getresponse()
        body = response.read()
    except (OSError, HTTPException) as error:
        raise AssertionError(f"{method} {path} got no answer: {error!r}") from None
    assert response.status == 200, f"{method} {path} was answered {response.status}, not 200"
    try:
        return json.loads(body)
    except ValueError:
        raise AssertionError(f"{method} {path} answered {body[:60]!r}, which is no JSON") from None


def count(connection: HTTPConnection, request: tuple[str, str]) -> int:
    """The n of the {"count": n} that comes back."""
    body = answer(connection, request)
    told = f"{' '.join(request)} answered {json.dumps(body)[:80]}"
    assert isinstance(body, dict) and "count" in body, f'{told}; the contract is {{"count": n}}'
    n = body["count"]
    assert type(n) is int, f"{told}; the count must be a whole number"
    return n


def connect(url: str) -> HTTPConnection:
    place = urlsplit(url)
    return HTTPConnection(place.hostname, place.port, timeout=ANSWER_S)


class Workers:
    """One kept connection to each worker; a context manager."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def __enter__(self) -> list[HTTPConnection]:
        self.connections = [connection for _, connection in self.server.connections()]
        return self.connections

    def __exit__(self, *_: object) -> None:
        for connection in self.connections:
            connection.close()


def tally(tried: dict, requests: int) -> None:
    tried["requests"] += requests


# --- The checks ---------------------------------------------------------------------------


@check(
    "starts",
    title="Five workers start and answer",
    points=0.5,
    quick=True,
    hints=(
        "What does the file do while Python imports it, before any request has come?",
        "Run `workerlab serve app.py` in the lab's folder (with REDIS_URL set) and read the last "
        "lines that it prints. The app must come up on an empty Redis, in five processes at once.",
        "The file needs an object named `app`, and a store made from the environment: "
        '`store = Redis.from_url(os.environ["REDIS_URL"])`.',
    ),
)
def test_starts(server: Server, tried: dict) -> None:
    with Workers(server) as workers:
        for worker in workers:
            count(worker, REPORT)
    tally(tried, len(server.pids))


@check(
    "follows_the_contract",
    title="Each endpoint answers as the contract says",
    points=1.0,
    quick=True,
    hints=(
        "What exactly does each endpoint promise to answer, and which of your answers differs?",
        "Compare your answers with the contract in the README: method, path, status 200, a JSON "
        "object whose `count` is a number. Redis answers bytes (or text), and None for a key that "
        "does not exist.",
        'Build the answers as `{"count": int(value or 0)}`. An increment answers the value *after* '
        'itself, a reset answers `{"count": 0}`.',
    ),
)
def test_follows_the_contract(server: Server, tried: dict) -> None:
    connection = connect(server.url)
    first = count(connection, RESET)
    assert first == 0, f"POST /reset answered a count of {first}, not 0"
    for n in (1, 2, 3):
        got = count(connection, INCREMENT)
        assert got == n, f"increment number {n} after a reset answered {got}, not {n}"
    got = count(connection, REPORT)
    assert got == 3, f"after three increments, one after the other, the report says {got}"
    got = count(connection, RESET), count(connection, REPORT)
    assert got == (0, 0), f"a reset answered {got[0]} and the report after it says {got[1]}"
    connection.close()
    tally(tried, 7)


@check(
    "one_object_for_all_workers",
    title="All workers see the same count",
    points=1.0,
    quick=True,
    hints=(
        "In whose memory does the number live that the report answers?",
        "Ask each of the five workers, one after the other: what one has counted, the next must "
        "report. Anything at module level exists five times, and so does anything remembered.",
        'Keep nothing between requests: increment with `await store.incr("count")`, and let the '
        'report read `await store.get("count")` each time, the same key in every worker.',
    ),
)
def test_one_object_for_all_workers(server: Server, tried: dict) -> None:
    with Workers(server) as workers:
        count(workers[0], RESET)
        for worker in workers:
            count(worker, REPORT)  # whoever remembers an answer remembers this one
        for n, worker in enumerate(workers, start=1):
            got = count(worker, INCREMENT)
            assert got == n, f"increment {n}, sent to another worker, answered {got}: not shared"
        reports = [count(worker, REPORT) for worker in workers]
    tally(tried, 1 + 3 * len(reports))
    n = len(reports)
    assert reports == [n] * n, f"after {n} increments the {n} workers report {reports}"


@check(
    "reset_reaches_every_worker",
    title="One reset counts for all workers",
    points=1.0,
    quick=True,
    hints=(
        "A reset is answered by one worker. How do the others get to know?",
        "Whatever the reset changes must lie in Redis, and nothing that a worker remembers by "
        "itself may be needed to understand it.",
        'Let the reset do `await store.set("count", 0)`, and nothing else.',
    ),
)
def test_reset_reaches_every_worker(server: Server, tried: dict) -> None:
    with Workers(server) as workers:
        for resetting in (workers[0], workers[-1]):
            for worker in workers:
                count(worker, INCREMENT)
            count(resetting, RESET)
            reports = [count(worker, REPORT) for worker in workers]
            assert not any(reports), f"after one reset the workers report {reports}, not zeros"
            counted = [count(worker, INCREMENT) for worker in workers]
            tally(tried, 3 * len(workers) + 1)
            right = [*range(1, len(workers) + 1)]
            assert counted == right, f"after a reset the increments answer {counted}, not {right}"


@check(
    "no_lost_update",
    title="Increments and resets at the same moment all count",
    points=2.0,
    quick=True,
    hints=(
        "Between the line that reads the count and the line that writes it: who else may read?",
        "Look at the schedule in the report. GET is one step for Redis and SET is another; an "
        "asyncio.Lock or threading.Lock lives in one worker. What you need is one step that reads, "
        "adds and writes, or a lock that all workers share, held over the read *and* the write.",
        'Replace both lines by `count = await store.incr("count")` and answer that count.',
    ),
)
def test_no_lost_update(search) -> None:
    search("POST /increment | POST /increment", before="POST /reset", after="GET /report")
    search(
        "POST /increment | POST /reset", before="POST /reset | POST /increment", after="GET /report"
    )


@check(
    "every_answer_fits_one_order",
    title="Under a burst, all answers fit one order",
    points=1.0,
    hints=(
        "Can two increments ever be answered the same count? Then whose value was it?",
        "The answer must be the value that *this* increment wrote. A second command that reads it "
        "back reads whatever is there by then; a copy that is kept elsewhere is late.",
        "INCR answers the new value itself: "
        '`return {"count": await store.incr("count")}`, with no GET after it.',
    ),
)
def test_every_answer_fits_one_order(server: Server, tried: dict) -> None:
    with Workers(server) as (worker, *_):
        count(worker, RESET)
    for requests, clients in ((crowd(300, resets=False), 40), (crowd(40, resets=True), 5)):
        history = burst(server, requests, clients=clients, timeout=ANSWER_S)
        tally(tried, len(history))
        must_fit(history)
        left = until_every_worker_answers(server, *REPORT)
        tally(tried, len(left))
        with Workers(server) as (worker, *_):
            must_agree(left, count(worker, REPORT), history)
            count(worker, RESET)


def crowd(n: int, *, resets: bool) -> list[tuple[str, str]]:
    """Requests of a mixed burst: three increments to each report, and now and then a reset."""
    mix = [INCREMENT, INCREMENT, REPORT, INCREMENT]
    return [RESET if resets and i % 10 == 9 else mix[i % 4] for i in range(n)]


def must_fit(history: History) -> None:
    """Every answer 200, and one order that fits them all."""
    refused = [event for event in history if not event.ok]
    if refused:
        worst = refused[0]
        told = worst.error if worst.unknown else f"status {worst.status}"
        raise AssertionError(
            f"{len(refused)} of {len(history)} requests of a burst were not answered 200; the "
            f"first of them: {worst.method} {worst.path} ({told})"
        )
    result = fits_one_order(counter_operations(history), counter)
    if result.ok is None:
        raise CheckInconclusive(f"the burst's answers could not be put in order: {result.reason}")
    assert result.ok, f"no order of the {len(history)} requests fits their answers: {result.reason}"


def must_agree(left: dict[int, object], final: int, history: History) -> None:
    """When the burst is over, all workers report one number, and nothing is missing."""
    told = [body.get("count") if isinstance(body, dict) else body for body in left.values()]
    assert set(told) == {final}, f"after the burst the workers report {told}"
    if not any(event.path == RESET[1] for event in history):
        made = sum(event.path == INCREMENT[1] for event in history)
        assert final == made, f"{made} increments were answered, and the report says {final}"


@check(
    "survives_a_killed_worker",
    title="A worker killed at any point harms nobody",
    points=1.5,
    hints=(
        "If a worker dies on this very line, what does it leave behind, and who waits for it?",
        "Three classics: a lock whose holder is dead, an answer that was sent before the count was "
        "written, and start-up code that writes (a replaced worker runs it again).",
        "Count before you answer, with one command and no lock; if you do take a lock, give it a "
        'time-to-live of a few seconds: `store.lock("count:lock", timeout=5)`. Write nothing at '
        "start-up.",
    ),
)
def test_survives_a_killed_worker(crash) -> None:
    crash("POST /increment", before="POST /reset", after="GET /report")


@pytest.fixture(scope="module")
def pair(launch) -> Iterator[Server]:
    """Two instances of the app, each on a port of its own, on the same Redis."""
    with launch(workers=1, instances=2) as server:
        yield server


@check(
    "shared_between_instances",
    title="Two instances share one count",
    points=0.5,
    hints=(
        "Two copies of your service run beside each other. What do their keys have in common?",
        "Look for anything in the key, or in memory, that differs from one server to the next: a "
        "port, a pid, a random name.",
        'Use one constant key: `"count"`.',
    ),
)
def test_shared_between_instances(pair: Server, tried: dict) -> None:
    one, other = (connect(url) for url in pair.urls)
    count(one, RESET)
    got = [count(one, INCREMENT), count(other, INCREMENT), count(one, INCREMENT)]
    assert got == [1, 2, 3], f"increments on one, the other, the first instance answer {got}"
    reports = [count(one, REPORT), count(other, REPORT)]
    assert reports == [3, 3], f"after three increments the two instances report {reports}"
    count(other, RESET)
    reports = [count(one, REPORT), count(other, REPORT)]
    assert reports == [0, 0], f"after a reset on one of them, the instances report {reports}"
    tally(tried, 9)


@check(
    "survives_a_restart",
    title="A restart of the app forgets nothing",
    points=0.5,
    hints=(
        "The app stops and starts again, and Redis goes on all the while. What does the app do "
        "as it starts, or as it stops?",
        "Code at module level and in the lifespan runs at every start, of every worker. Does any "
        "of it write, or make up a new key?",
        "Delete the line that writes. An absent key already counts as 0: "
        '`int(await store.get("count") or 0)`.',
    ),
)
def test_survives_a_restart(pair: Server, tried: dict) -> None:
    connection = connect(pair.url)
    count(connection, RESET)
    for _ in range(3):
        count(connection, INCREMENT)
    connection.close()
    pair.restart()
    for url in pair.urls:
        got = count(connect(url), REPORT)
        assert got == 3, f"three increments were answered; after a restart the report says {got}"
    got = count(connect(pair.url), INCREMENT)
    assert got == 4, f"the increment after a restart answered {got}, not 4"
    tally(tried, 7)


@check(
    "survives_a_quiet_night",
    title="The count does not expire",
    points=0.5,
    hints=(
        "Nobody comes for a whole night. Will the count still be there in the morning?",
        "Redis forgets a key when its time-to-live has passed. That is right for a lock, and wrong "
        "for the data.",
        "Leave out `ex=`, `px=` and `expire` for the count itself.",
    ),
)
def test_survives_a_quiet_night(server: Server, services: dict[str, str], tried: dict) -> None:
    with Workers(server) as workers:
        count(workers[0], RESET)
        for worker in workers:
            count(worker, INCREMENT)
        let_the_night_pass(services["REDIS_URL"])
        reports = [count(worker, REPORT) for worker in workers]
    n = len(reports)
    tally(tried, 1 + 2 * n)
    assert reports == [n] * n, (
        f"{n} increments in the evening; in the morning they report {reports}"
    )


def let_the_night_pass(url: str) -> None:
    """Do to the store what many hours would: whatever has a time-to-live is gone."""
    with redis.Redis.from_url(url) as store:
        for key in store.scan_iter():
            if store.ttl(key) >= 0:
                store.delete(key)


@check(
    "reads_its_settings",
    title="REDIS_URL alone says where the count is kept",
    points=0.5,
    hints=(
        "Where does your code say which Redis it talks to: host, port, and database?",
        "In another place the address is another. This check serves your app with the address of a "
        "second Redis, and a database number other than 0.",
        'Give the whole address to the client: `Redis.from_url(os.environ["REDIS_URL"])`.',
    ),
)
def test_reads_its_settings(server: Server, launch, tried: dict) -> None:
    with Redis(own=True) as url:
        elsewhere = url.removesuffix("/0") + "/1"
        with (
            launch(workers=1, env={"REDIS_URL": elsewhere}) as second,
            Workers(server) as (here, *_),
        ):
            there = connect(second.url)
            count(here, RESET), count(there, RESET)
            got = [count(there, INCREMENT) for _ in range(3)], count(here, REPORT)
            assert got[0] == [1, 2, 3], f"on another Redis three increments answered {got[0]}"
            assert got[1] == 0, "two servers with different REDIS_URLs count together"
            tally(tried, 6)
        kept = {number: redis.Redis.from_url(url, db=number).dbsize() for number in (0, 1)}
        assert kept[1] and not kept[0], "the count is not kept in the database that REDIS_URL names"


@check(
    "leaves_nothing_behind",
    title="After a stop, no process is left",
    points=0.5,
    hints=(
        "Does the app start anything besides answering requests?",
        "A worker ends without running `atexit`. What it has started itself lives on, unless the "
        "lifespan stops it.",
        "Start no processes in the app; what must be started, stop after the `yield` in the lifespan.",
    ),
)
def test_leaves_nothing_behind(launch, tried: dict) -> None:
    with launch(workers=1) as server:
        connection = connect(server.url)
        count(connection, INCREMENT)
        connection.close()
        tally(tried, 1)
    left = ", ".join(server.left_behind)
    assert not left, f"the server was stopped, and these processes live on: {left}"
