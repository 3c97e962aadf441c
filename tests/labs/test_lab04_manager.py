"""Graded checks of lab 04: a counter that one state server keeps for all workers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import pytest

from workerlab.contracts import counter_checks as counter
from workerlab.contracts.counter import (
    INCREMENT,
    REPORT,
    RESET,
    RESPONSE_S,
    Caller,
    Request,
    caller,
    each_worker,
    every_response_fits,
    mixed_requests,
)
from workerlab.contracts.state_server import StateServer, unused_address
from workerlab.errors import AppDidNotStart, NotReady
from workerlab.grading import check
from workerlab.processes.patience import Deadline
from workerlab.servers import Server
from workerlab.stepping import SteppedServer

WORKERS, QUICK_WORKERS = 4, 2
PATIENCE_S = 12.0  # the contract's 10 s, and a little for a machine that is busy
LOOK_S = 0.1


@pytest.fixture(scope="module")
def keeper(submission) -> Iterator[StateServer]:
    """The state server of the app that is asked; it listens at a Unix socket."""
    with StateServer(submission) as keeper:
        yield keeper


@pytest.fixture(scope="module")
def services(keeper: StateServer) -> dict[str, str]:
    return keeper.env


@pytest.fixture(scope="module")
def stepped(submission, quick: bool) -> Iterator[SteppedServer]:
    """The app under the stepping engine, with a state server of its own."""
    workers = QUICK_WORKERS if quick else WORKERS
    with StateServer(submission) as other:
        options = {"workers": workers, "env": other.env, "services": [other.pid]}
        stepped = SteppedServer(submission / "app.py", **options)
        stepped.__enter__()  # a start that fails leaves nothing to close
        try:
            yield stepped
        finally:
            stepped.close(kill=True)


@check(
    "starts",
    title="The state server starts, and five workers respond",
    points=0.5,
    quick=True,
    hints=(
        (
            "Run `python state_server.py` first, with STATE_SERVER and STATE_KEY set. Does it keep "
            "running?"
        ),
        (
            "It must listen at STATE_SERVER, and must not wait for a keyboard: standard input is "
            "empty."
        ),
        "End state_server.py with `serve_forever()` or a loop of your own, not with `input()`.",
    ),
)
def test_starts(server: Server, tried: dict) -> None:
    counter.starts(server, tried)


@check(
    "follows_the_contract",
    title="Each endpoint responds as the contract says",
    points=0.5,
    quick=True,
    hints=(
        "What exactly does each endpoint promise, and which of your responses differs?",
        "Compare with the README: method, path, status 200, a `count` that is a whole number.",
        (
            'Add first, and then `return {"count": count}`: an increment responds with the value '
            "*after* itself, a reset with 0."
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
        "Only the state server exists once. No other worker sees what one worker remembers.",
        (
            'Ask the state server in each request, `return {"count": ask("report")}`, let it add and '
            "reset, too, and keep nothing in between."
        ),
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
        "The count to set to 0 is the state server's.",
        "Give the state server a third operation, `reset`, and call it.",
    ),
)
def test_reset_reaches_every_worker(server: Server, tried: dict) -> None:
    counter.reset_reaches_every_worker(server, tried)


@check(
    "reads_its_settings",
    title="STATE_SERVER is a Unix socket or host:port, and both work",
    points=0.5,
    hints=(
        "Where do your two programs get the address at which they meet?",
        (
            "This check runs two pairs of them at once: one pair with a path, one with a host and a "
            "port. Each pair must have its own count."
        ),
        (
            'A value that begins with "/" is a path; else `host, _, port = where.rpartition(":")`, '
            "and the address is `(host, int(port))`."
        ),
    ),
)
def test_reads_its_settings(server: Server, launch, submission, tried: dict) -> None:
    with (
        StateServer(submission, unused_address()) as at_a_port,
        launch(workers=1, env=at_a_port.env) as second,
        caller(server, tried) as here,
        caller(second, tried) as there,
    ):
        counter.reads_its_settings(here, there, setting="STATE_SERVER", place="at host:port")


@check(
    "no_lost_update",
    title="Increments and resets at the same moment all count",
    points=2.5,
    quick=True,
    hints=(
        (
            "How many messages to the state server is one increment? Which other messages may come "
            "between them?"
        ),
        (
            "Look at the schedule in the report. `get` is one message and `update` is another. A lock "
            "in the app does not help either: each worker has its own."
        ),
        "Let the state server add: one message, `add`, whose reply is the new count.",
    ),
)
def test_no_lost_update(search) -> None:
    counter.no_lost_update(search)


@check(
    "every_answer_fits_one_order",
    title="Under a burst, all responses fit one order",
    points=1.0,
    hints=(
        "Can two increments ever be answered the same count? Then which of them made that value?",
        (
            "The state server serves each caller in a thread. Can two of these threads disturb "
            "each other?"
        ),
        "Hold a `threading.Lock` in the state server over the addition and the reading of its result.",
    ),
)
def test_every_answer_fits_one_order(search, server: Server, tried: dict) -> None:
    counter.no_schedule_breaks_the_order(search)
    every_response_fits(server, mixed_requests(240), clients=24, tried=tried)
    every_response_fits(server, mixed_requests(40, resets=True), clients=5, tried=tried)


@check(
    "survives_a_killed_worker",
    title="A worker killed at any point harms no other",
    points=1.0,
    hints=(
        "A worker is killed and another starts in its place. What does the new one do first?",
        (
            "Three common faults: start-up code that writes the first count, a response that was "
            "sent before the state server was asked, and a lock in the state server whose holder "
            "is dead."
        ),
        (
            'Delete a line at start-up that writes, such as `ask("reset")`: only the state server '
            "writes the first count."
        ),
    ),
)
def test_survives_a_killed_worker(crash) -> None:
    crash("POST /increment", before="POST /reset", after="GET /report", deadline=PATIENCE_S)


@check(
    "shared_between_instances",
    title="Two instances share one count",
    points=0.5,
    hints=(
        "A second copy of your service starts beside the first. What does it do to the count?",
        "Both have the same STATE_SERVER. Does one of them keep anything for itself?",
        "Keep the count in the state server only, and do not touch it at start-up.",
    ),
)
def test_shared_between_instances(server: Server, launch, tried: dict) -> None:
    with caller(server, tried) as one:
        count = one.increment()
        with launch(workers=1) as second:
            with caller(second, tried) as other:
                got = other.report()
            message = f"at {count} a second instance was started, and it reports {got}"
            assert got == count, message
            counter.shared_between_instances(server, second, tried)


@check(
    "refuses_a_wrong_key",
    title="An app with another key gets nothing",
    points=0.5,
    hints=(
        "What does your state server do with a caller that does not know STATE_KEY?",
        (
            "The key must come from the environment in both programs, and the state server must "
            "check it before it does anything, and then go on serving the others."
        ),
        (
            'Give `authkey=os.environ["STATE_KEY"].encode()` to both ends of the connection, and let '
            "the state server go on after an `AuthenticationError` or EOFError of one caller."
        ),
    ),
)
def test_refuses_a_wrong_key(server: Server, launch, tried: dict) -> None:
    with caller(server, tried) as right:
        before = right.increment()
        try:
            with launch(workers=1, env={"STATE_KEY": "not the key"}) as stranger:
                told = statuses(stranger, tried)
        except (AppDidNotStart, NotReady):
            told = {}  # it does not even start, which is as good
        allowed = [asked for asked, status in told.items() if status == 200]
        assert not allowed, f"an app with another STATE_KEY got 200 for {', '.join(allowed)}"
        after = right.increment()
        changed = (
            f"the count was {before}; after an app with another key, an increment says {after}"
        )
        assert after == before + 1, changed


def statuses(server: Server, tried: dict) -> dict[str, int | None]:
    """The status of each kind of request, all asked at once; None where no answer came."""
    requests = (INCREMENT, REPORT, RESET)
    tried["requests"] += len(requests)
    with ThreadPoolExecutor(len(requests)) as pool:
        found = pool.map(lambda request: status_of(server, request), requests)
        return {" ".join(request): status for request, status in zip(requests, found, strict=True)}


def status_of(server: Server, request: Request) -> int | None:
    place = urlsplit(server.url)
    connection = HTTPConnection(place.hostname, place.port, timeout=RESPONSE_S)
    try:
        connection.request(*request)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


@check(
    "says_503_while_away",
    title="While the state server is down, the app says so",
    points=0.5,
    hints=(
        "The state server is down. Which response does a client of your app get?",
        (
            "Not 500, which means a bug, and not a number that only one worker knows: 503, Service "
            "Unavailable, with a reason."
        ),
        (
            "Catch OSError and EOFError around the call, and "
            '`raise HTTPException(503, "the state server is away")`.'
        ),
    ),
)
def test_says_503_while_away(server: Server, keeper: StateServer, tried: dict) -> None:
    with each_worker(server, tried) as workers:
        keeper.end()
        try:
            for worker in workers:
                for request in (INCREMENT, REPORT, RESET):
                    must_say_503(worker, request)
        finally:
            keeper.start(clean=True)


def must_say_503(worker: Caller, request: Request) -> None:
    status, body = worker.ask(request)
    message = f"while the state server is away, {' '.join(request)} is answered"
    assert status == 503, f"{message} {status}, not 503"
    assert body.strip(b' \n{}[]"'), f"{message} 503 without a reason"


@check(
    "recovers_when_back",
    title="When the state server is back, the app works again",
    points=1.0,
    hints=(
        (
            "The state server was ended and started again. Which old connections do your workers "
            "still hold?"
        ),
        (
            "Two things prevent a new start: a connection that was opened once (the proxies of "
            "`multiprocessing.managers` keep one for each thread, by address, even for a new "
            "manager), and the socket file that a killed server leaves behind."
        ),
        (
            "Open a connection for each question, `with Client(...) as server:`, and keep none; and "
            "before the state server listens at a path, let it remove what is there: "
            "`os.unlink(place)`."
        ),
    ),
)
def test_recovers_when_back(
    server: Server, keeper: StateServer, launch, submission, tried: dict
) -> None:
    """Once ended in peace, with no trace of its socket; once killed, with its socket left over.

    And once at a port, which still remembers the clients that were connected when it was killed.
    """
    with (
        StateServer(submission, unused_address()) as at_a_port,
        launch(workers=1, env=at_a_port.env) as second,
        caller(second, tried) as worker,
    ):
        worker.ask(INCREMENT)
        at_a_port.end(kill=True)
        worker.ask(REPORT)
        at_a_port.start()
        must_recover([worker], "killed")
    with each_worker(server, tried) as workers:
        for kill in (False, True):
            for worker in workers:
                worker.ask(INCREMENT)  # if it holds anything of the state server, it holds it now
            keeper.end(kill=kill)
            if not kill and keeper.socket_file:
                keeper.socket_file.unlink(missing_ok=True)
            for worker in workers:
                worker.ask(REPORT)
            try:
                keeper.start()
                must_recover(workers, "killed" if kill else "ended")
            finally:
                if keeper.pid is None:  # the checks after this one still need it
                    keeper.start(clean=True)


def must_recover(workers: list[Caller], how: str) -> None:
    """Every worker answers 200 again in time, and they count together."""
    deadline = Deadline(PATIENCE_S)
    for worker in workers:
        while (status := worker.ask(REPORT)[0]) != 200:
            message = f"the state server was {how} and is back, and after ten seconds a worker says"
            assert not deadline.passed, f"{message} {status}"
            time.sleep(LOOK_S)
    counted = [worker.increment() for worker in workers]
    right = [*range(counted[0], counted[0] + len(counted))]
    assert counted == right, f"with the state server back, the workers count {counted}"


@check(
    "leaves_nothing_behind",
    title="Both stop on SIGTERM, and leave no process",
    points=0.5,
    hints=(
        "Does one of your two programs start a third?",
        (
            "A manager that is started with `manager.start()` is a process of its own, and goes on "
            "running when SIGTERM ends its parent."
        ),
        "Serve in state_server.py itself: `manager.get_server().serve_forever()`.",
    ),
)
def test_leaves_nothing_behind(server: Server, keeper: StateServer, tried: dict) -> None:
    counter.leaves_nothing_behind(server, tried)
    keeper.end()
    assert not keeper.had_to_be_killed, "three seconds after a SIGTERM the state server still runs"
    left = ", ".join(keeper.child.left_behind)
    assert not left, f"the state server was ended by SIGTERM, and these processes live on: {left}"
