"""Graded checks of lab 11: settings that every worker keeps, and one PUT that all obey."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from workerlab.contracts.setting import (
    READ,
    TOO_EARLY,
    put,
    tellers,
    two_at_once,
    two_while_one_is_slow,
)
from workerlab.grading import check
from workerlab.grading.manifest import Manifest
from workerlab.grading.staging import stepped_submission
from workerlab.network.delay import Link
from workerlab.processes.patience import Stopwatch, pause
from workerlab.servers import Server
from workerlab.stepping import SteppedServer

STEPPED = 6  # four at a time are killed to be replaced, and two go on
LATE_S = 1.0  # how late a message may be: see the lab's README
PAUSED_S = 4.0  # Redis sends nothing for so long, if a worker waits for it
COUNTED_S = 3.0  # when n is right again after a kill
REPLACED_S = 1.5  # … and after a new worker is up, which may have come later than that
NOT_DELAYED_S = 6.0  # the contract's 4 s, and a little for a machine that is busy
AMID_S = 0.4  # a PUT has begun, and waits for the worker whose messages are late
MISCOUNT = "A PUT answers with a wrong number of workers."
VALUES = (
    "dark", "", True, False, 0, 1, -7, 2.5, 1e-9, "0", "null", "true", None,
    'a "b": c | d \\ e\n', "grün 漢字 😀", "x" * 2000,
)  # fmt: skip
A, B = put("a"), put("b")
READ_ALL = " | ".join([READ] * STEPPED)


@pytest.fixture(scope="module")
def link(services: dict[str, str]) -> Iterator[Link]:
    """The way to the lab's Redis, on which messages can be late."""
    place = urlsplit(services["REDIS_URL"])
    with Link(place.hostname, place.port) as link:
        yield link


@pytest.fixture(scope="module")
def wired() -> None:
    """None: a second instance is not graded, and the server itself is held over the link."""


@pytest.fixture(scope="module")
def stage_to_come(lab: Manifest, submission: Path, quick: bool) -> Iterator[Future[SteppedServer]]:
    """The stepped server, which starts while a check that asks for it waits for late messages."""
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        yield pool.submit(
            stack.enter_context, stepped_submission(lab, submission, 2 if quick else STEPPED)
        )


@pytest.fixture(scope="module")
def stepped(stage_to_come: Future[SteppedServer]) -> SteppedServer:
    return stage_to_come.result()


@pytest.fixture(scope="module")
def server(launch, link: Link, quick: bool, request: pytest.FixtureRequest) -> Iterator[Server]:
    """Five workers over the link; in a quick check the stepped server's own two."""
    if quick:
        yield request.getfixturevalue("stepped").server
    else:
        yield launch(env={"REDIS_URL": f"redis://127.0.0.1:{link.port}/0"}).start()


@check(
    "starts",
    title="Five workers start and respond",
    points=0.5,
    quick=True,
    hints=(
        "What does the file do while Python imports it, and in its lifespan?",
        (
            "A task that listens for ever must not be awaited before the `yield` of the lifespan: "
            "start it with `asyncio.create_task`, and keep the task in a variable."
        ),
        "Subscribe, read the value once, create the listening task, and `yield`.",
    ),
)
def test_starts(server: Server, tried: dict) -> None:
    with tellers(server, tried) as workers:
        for worker in workers:
            worker.value()


@check(
    "follows_the_contract",
    title="A PUT reaches all workers, whatever the value is",
    points=1.0,
    quick=True,
    hints=(
        "Which worker's memory does your PUT change, and how do the others learn of it?",
        (
            "This check sends one PUT after the other, each to another worker, and then reads from "
            "all of them. A value is any JSON scalar: true, 0, null and texts with any character."
        ),
        (
            "Keep the value in Redis as JSON text (`json.dumps(value)`), and send the others a message "
            "with PUBLISH. Let each of them read it back with `json.loads`, and respond when all have "
            "done so."
        ),
    ),
)
def test_follows_the_contract(server: Server, tried: dict) -> None:
    with tellers(server, tried) as workers:
        for worker in workers:
            worker.has(None, "Before the first PUT, on a Redis that is empty, a worker is asked")
        for number, value in enumerate(VALUES):
            workers[number % len(workers)].change(value)
            for worker in workers:
                worker.has(value, "After one PUT was answered, a worker is asked")


@check(
    "answers_from_its_own_memory",
    title="GET is answered while Redis is silent",
    points=1.0,
    hints=(
        "What does your GET wait for?",
        (
            "This check makes Redis silent and asks every worker for the value. A worker that must "
            "ask Redis first cannot respond."
        ),
        (
            'Let the GET `return {"value": settings["value"]}`, what the worker remembers, with no '
            "`await` before it. A task of its own keeps that up to date."
        ),
    ),
)
def test_answers_from_its_own_memory(server: Server, link: Link, tried: dict) -> None:
    with tellers(server, tried) as workers:
        workers[0].change("remembered")
        with link.stopping_before(0):
            try:
                values = [worker.value(PAUSED_S) for worker in workers]
            except AssertionError as error:
                raise AssertionError(f"while Redis was silent, {error}") from None
        right = ["remembered"] * len(workers)
        assert values == right, f"while Redis was silent, the workers had {values}"


@check(
    "applied_before_the_answer",
    title="When a PUT is answered, every worker has applied it",
    points=2.0,
    hints=(
        "PUBLISH returns a number. Does it say which workers have *applied* the message?",
        (
            "A message to one worker is a second late here. Your PUT has to wait for that worker, "
            "so each worker must report that it has applied the new value: afterwards, not before."
        ),
        (
            "Number the values. A worker reads value and number in one step (`hmget`), applies them if "
            "the number is greater than its own, and only then writes its number into a hash, under "
            "its own name (`hset`). The PUT reads the hash (`hgetall`) until every live worker has the "
            "number of this PUT, or a greater one."
        ),
    ),
)
def test_applied_before_the_answer(
    server: Server, link: Link, stage_to_come: Future[SteppedServer], tried: dict
) -> None:
    with tellers(server, tried) as workers:
        writer, *others = workers
        first, last = others[0], others[-1]
        late = [(first, None), (last, None), (first, 0), (last, 1), (first, 2), (last, 3)]
        for number, (slow, answers) in enumerate(late):
            value, what = f"late {number}", "Messages to a worker were late"
            if answers is not None:
                what = f"Redis was slow to answer a worker (not the first {answers} times)"
            with link.late_for(slow.pid, LATE_S, after=answers):
                writer.change(value)
                when = f"{what}, a PUT was answered, and then that worker was asked"
                slow.has(value, when, TOO_EARLY)
            for worker in workers:
                worker.has(value, "A PUT was answered, and then a worker was asked", TOO_EARLY)
    two_while_one_is_slow(link, server, tried)


@check(
    "workers_agree",
    title="After two PUTs at once, all workers hold the same value",
    points=1.5,
    quick=True,
    hints=(
        "Two PUTs at once, on two workers. What decides which one was the last?",
        (
            "Look at the schedule in the report. If each worker decides for itself, by the message "
            "that it gets last, they decide differently. One place must put the values in order."
        ),
        (
            "Let Redis count: write the value and a version that grows in one step (a Lua script, or "
            "`pipeline(transaction=True)` with `hincrby` and `hset`). A worker, also the one that got "
            "the PUT, applies a value only if its version is greater than the one it has."
        ),
    ),
)
def test_workers_agree(search) -> None:
    search(f"{A} | {B}", before=put("old"), after=READ_ALL, model="settings", seconds=1.0)


@check(
    "a_restarted_worker_is_current",
    title="A worker that starts has the current value",
    points=1.0,
    hints=(
        "A new worker has an empty memory. From where does it get the value, and when?",
        (
            "Look at the order of two lines in the lifespan: reading the value and subscribing. A "
            "PUT that falls between the two is in neither. Or, after two PUTs at once: Redis keeps "
            "one value, and the workers got the other one last."
        ),
        (
            "In the lifespan, `await news.subscribe(…)` first, and then read the value: a value that "
            "comes twice does no harm. And let one Lua script (`register_script`) count, write the "
            "value with its number and publish, so that Redis keeps the value that was sent last."
        ),
    ),
)
def test_a_restarted_worker_is_current(search, server: Server, link: Link, tried: dict) -> None:
    for step in (1, 2):
        with tellers(server, tried) as (one, other, *_, victim):
            one.change("before")
            two_at_once(link, one, other, step)
            current = other.value()
            one.has(current, "After two PUTs at once, another worker is asked")
            server.kill(victim.pid)
        with tellers(server, tried) as workers:
            for worker in workers:
                when = "There were two PUTs at once; then a worker was killed and replaced; one is asked"
                worker.has(current, when, "A new worker has not the current value.")
    budget = {"preemptions": 1, "schedules": 8, "least": 8, "seconds": 6.0}
    search(f"START | {put('new')}", before=put("old"), after=READ, model="settings", **budget)


@check(
    "counts_live_workers",
    title="n is the number of live workers",
    points=1.0,
    hints=(
        "Where does your n come from, and what removes dead workers from it?",
        (
            "A worker that is killed cannot sign off. Something else must notice: the operating "
            "system closes its connection, or its sign of life is not renewed."
        ),
        (
            "Count what `pubsub_numsub` or `pubsub_channels` returns: Redis knows only live "
            "connections there. Or let each worker renew a key with a time-to-live of two seconds."
        ),
    ),
)
def test_counts_live_workers(server: Server, stepped: SteppedServer, tried: dict) -> None:
    stepped.refresh()  # those that waited to be started are let go
    with tellers(server, tried) as workers:
        server.kill(workers[1].pid)
        since_killed = Stopwatch()
    with tellers(stepped.server, tried) as workers:
        pause(REPLACED_S)
        n = workers[0].change("another number of us")
        assert n == STEPPED, (
            f"{MISCOUNT}\n{STEPPED} workers live, and a PUT answers that there are {n}"
        )
    with tellers(server, tried) as workers:
        pause(max(REPLACED_S, COUNTED_S - since_killed.seconds))
        n = workers[0].change("one is new")
        when = f"{COUNTED_S:g} s after one of {server.workers} workers was killed and replaced"
        assert n == server.workers, f"{MISCOUNT}\n{when}, a PUT answers that there are {n}"


@check(
    "a_dead_worker_delays_nobody",
    title="A PUT does not wait for a dead worker",
    points=1.0,
    hints=(
        "Your PUT waits for a worker that has been killed. How does it learn of that?",
        (
            "A worker may die before the PUT, or after it got the message and before it applied "
            "the value. A number of acknowledgements that was fixed at the beginning is then never "
            "reached."
        ),
        (
            "While waiting, look again and again which workers are live (`pubsub_channels` inside the "
            "`while`), and wait only for those. Signs of life must run out within three seconds."
        ),
    ),
)
def test_a_dead_worker_delays_no_other(server: Server, link: Link, tried: dict) -> None:
    with tellers(server, tried) as (writer, victim, *_, other), ThreadPoolExecutor(1) as pool:
        with link.late_for(victim.pid, PAUSED_S) as holds:
            asked = pool.submit(writer.change, "amid", PAUSED_S + AMID_S + NOT_DELAYED_S)
            holds.wait(PAUSED_S)  # the message to it, or any other data
            time.sleep(AMID_S)
            server.kill(victim.pid)
            since_killed = Stopwatch()
            when = "A PUT waited for a worker that is dead.\nIt was killed in the middle of the PUT"
            try:
                asked.result()
            except AssertionError as error:
                raise AssertionError(f"{when}: {error}") from None
            waited = since_killed.seconds
            assert waited <= NOT_DELAYED_S, f"{when}, which was answered {waited:.1f} s later"
        for worker in (writer, other):
            worker.has("amid", "One worker was killed during a PUT, and then a live one is asked")
    with tellers(server, tried) as (writer, *_, victim):
        server.kill(victim.pid)
        writer.change("just after", NOT_DELAYED_S)
        writer.has("just after", "One worker was killed before a PUT, and then a live one is asked")


@check(
    "survives_a_quiet_night",
    title="The value does not expire",
    points=0.5,
    hints=(
        "Nobody changes the settings for a whole night, and then a worker starts. What does it get?",
        (
            "Redis forgets a key when its time-to-live has passed. That is right for a sign of life, "
            "and wrong for the value: a worker that starts has nowhere else to read it."
        ),
        "Delete `EXPIRE`, `ex=` and `px=` wherever the value or its version is written.",
    ),
)
def test_survives_a_quiet_night(server: Server, night, tried: dict) -> None:
    with tellers(server, tried) as (one, *_, victim):
        one.change("of the evening")
        with night():
            server.kill(victim.pid)
            with tellers(server, tried) as workers:
                for worker in workers:
                    when = "a worker was killed and replaced; a worker is asked"
                    worker.has("of the evening", when, "The value was forgotten.")


@check(
    "leaves_nothing_behind",
    title="After a stop, no process is left",
    points=0.5,
    hints=(
        "Does the app start any process or task of its own?",
        (
            "A task that listens for ever keeps the event loop busy, and a process or a thread of "
            "your own goes on running unless the lifespan stops it."
        ),
        "Cancel the listening task after the `yield` in the lifespan, and start no processes.",
    ),
)
def test_leaves_nothing_behind(server: Server, tried: dict) -> None:
    with tellers(server, tried) as workers:
        for worker in workers:
            worker.change(f"from {worker.pid}")
    server.close()
    left = ", ".join(server.left_behind)
    assert not left, f"the server was stopped, and these processes live on: {left}"
