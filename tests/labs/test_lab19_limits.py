"""Graded checks of lab 19: one limit for all workers, and metrics that add up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from workerlab.contracts.key_names import texts_in, who_has_such_names
from workerlab.contracts.limits import (
    Asked,
    Visitor,
    all_at_once,
    knock,
    must_keep_the_limit,
    too_few,
    too_many,
    visitors,
    wrong_wait,
)
from workerlab.contracts.limits_in_step import (
    NOT_ALL,
    refused_while_a_place_comes_free,
    two_at_the_limit,
    two_count_at_once,
)
from workerlab.contracts.scenes import Beside, Scene, Scenes, beside
from workerlab.contracts.stopped import killed_at
from workerlab.grading import check
from workerlab.grading.behind.nights import let_the_night_pass
from workerlab.grading.manifest import Manifest
from workerlab.grading.staging import stepped_submission
from workerlab.grading.stores import in_time, redis_at
from workerlab.network.delay import Link
from workerlab.processes.patience import Stopwatch
from workerlab.servers import Server
from workerlab.stepping import SteppedServer

LIMIT, WINDOW_S = 4, 2  # as in lab.toml
FEW, LONG_S = 2, 3600  # of the server on which schedules are searched: no window ends there
SOME = 3  # of another with such a window
PHASES = 8  # keys that begin in different parts of a window
MOST_STEPS = 12  # messages of one request to the store
LATE_S = 0.2  # how late a message of the store may be
PATIENCE_S = 12.0  # the contract's 10 s, and a little for a machine that is busy
FORGOTTEN = "The metrics forget answers when a worker is killed."
NOT_APART = "A key is not apart: it shares a name in Redis with another key, or with the app."
NUMBERS = count()


def new_key() -> str:
    """A key that was never used."""
    return f"customer {next(NUMBERS)}"


def new_keys() -> list[str]:
    """The same, two for each step of a request."""
    return [new_key() for _ in range(2 * MOST_STEPS)]


@pytest.fixture(scope="module")
def link(services: dict[str, str]) -> Iterator[Link]:
    """The way to the lab's Redis, on which a worker can be stopped between two messages."""
    place = urlsplit(services["REDIS_URL"])
    with Link(place.hostname, place.port) as link:
        yield link


@pytest.fixture(scope="module")
def wired() -> None:
    """None: the server itself is reached over the link."""


@pytest.fixture(scope="module")
def stepped(lab: Manifest, submission: Path, quick: bool) -> Iterator[SteppedServer]:
    """The submission under the stepping engine, with a small limit and a long window."""
    settings = (("LIMIT", str(FEW)), ("WINDOW_S", str(LONG_S)))
    with stepped_submission(replace(lab, settings=settings), submission, 2 if quick else 4) as one:
        yield one


@pytest.fixture(scope="module")
def server(launch, link: Link, quick: bool, request: pytest.FixtureRequest) -> Iterator[Server]:
    """Five workers over the link; in a quick check the stepped server's own two."""
    if quick:
        yield request.getfixturevalue("stepped").server
    else:
        yield launch(env={"REDIS_URL": f"redis://127.0.0.1:{link.port}/0"}).start()


@pytest.fixture(scope="module")
def slow(stepped: SteppedServer) -> Server:
    """The server on which no window ends while we look, however busy the machine is."""
    return stepped.server


@pytest.fixture(scope="module")
def scenes(launch, services: dict[str, str], request: pytest.FixtureRequest) -> Iterator[Scenes]:
    """What takes its time, since windows must end: on servers with databases of their own."""
    checks = [item.obj.workerlab_check.id for item in request.session.items]
    another = partial(beside, launch, services["REDIS_URL"])
    long = {"LIMIT": str(SOME), "WINDOW_S": str(LONG_S)}
    edges = Scene(partial(another, 4, workers=3), ("never_too_many", _comes_at_every_edge))
    waits = Scene(
        partial(another, 6, workers=2),
        ("never_too_few", _knocks_while_it_is_refused),
        ("retry_after_is_true", _come_again_when_they_were_told),
    )
    killed = Scene(
        partial(another, 7, workers=3), ("survives_a_killed_worker", _is_killed_at_every_step)
    )
    hours = Scene(
        partial(another, 5, workers=2, env=long),
        ("never_too_many", _half_a_window_later),
        ("survives_a_restart", _restarts),
    )
    with Scenes([[hours, waits], [edges], [killed]], checks) as scenes:
        yield scenes


@check(
    "starts",
    title="Five workers start and respond",
    points=0.5,
    quick=True,
    hints=(
        "What does the file do while Python imports it, before any request has come?",
        (
            "Run `workerlab serve app.py` in the lab's folder (with REDIS_URL, LIMIT and WINDOW_S "
            "set) and read the last lines that it prints."
        ),
        (
            "The file needs an object named `app`, a store made from REDIS_URL, and both numbers: "
            '`LIMIT = int(os.environ["LIMIT"])`.'
        ),
    ),
)
def test_starts(server: Server, tried: dict, quick: bool, request: pytest.FixtureRequest) -> None:
    if not quick:
        request.getfixturevalue("scenes")  # they begin now
    with visitors(server, tried) as workers:
        for worker in workers:
            worker.metrics()


@check(
    "follows_the_contract",
    title="Each endpoint responds as the contract says",
    points=0.5,
    quick=True,
    hints=(
        "What exactly does each endpoint promise, and which of your responses differs?",
        (
            "200 up to the limit, then 429 with Retry-After; 400 or 422 without X-Key, which is "
            "counted nowhere; /metrics as text/plain, with one label."
        ),
        (
            "Build the metrics as `f'work_total{{code=\"200\"}} {n}\\n'`. Count (`hincrby`) "
            "after you know that "
            "there is a key: without one, only `raise HTTPException(400)`."
        ),
    ),
)
def test_follows_the_contract(slow: Server, tried: dict) -> None:
    with visitors(slow, tried) as (worker, *_):
        before, key = worker.metrics(), new_key()
        for number in range(FEW):
            got = worker.work(key)
            assert got.granted, (
                f"request {number + 1} of a new key was answered 429; LIMIT is {FEW}"
            )
        refused = worker.work(key)
        assert not refused.granted, f"request {FEW + 1} of a key was answered 200; LIMIT is {FEW}"
        assert refused.retry_after is not None, "a 429 has no Retry-After"
        nameless = worker.ask(None)
        assert nameless.status in (400, 422), (
            f"GET /work without X-Key was answered {nameless.status}, not 400 or 422"
        )
        after = worker.metrics()
        counted = {code: after[code] - before[code] for code in after}
        assert counted == {"200": FEW, "429": 1}, (
            "The metrics count something else than what was answered.\n"
            f"{FEW} requests were answered 200, one 429, and one had no X-Key; "
            f"/metrics has counted {counted}"
        )


@check(
    "one_object_for_all_workers",
    title="The limit and the metrics are one for all workers",
    points=1.0,
    quick=True,
    hints=(
        "In which process's memory is the number of a key's requests?",
        (
            "Five workers with a limit of their own let five times as many pass. And each worker's "
            "metrics have counted only its own requests."
        ),
        (
            "Keep nothing between requests in the worker. In Redis, each key has the moments of its "
            "200s, which you read and write inside `async with store.lock(…, timeout=5)` or in a Lua "
            'script; and all workers count with `await store.hincrby("metrics", code, 1)`, and read '
            "with `hgetall`."
        ),
    ),
)
def test_one_object_for_all_workers(slow: Server, tried: dict) -> None:
    with visitors(slow, tried) as workers:
        before, key = workers[0].metrics(), new_key()
        asked = [workers[number % len(workers)].work(key) for number in range(FEW)]
        refused = [worker.work(key) for worker in workers]
        statuses = [one.status for one in (*asked, *refused)]
        right = [200] * FEW + [429] * len(workers)
        assert statuses == right, (
            "The workers do not share one limit.\n"
            f"One key asked each worker in turn; the answers are {statuses}, LIMIT is {FEW}"
        )
        for worker in workers:
            after = worker.metrics()
            counted = {code: after[code] - before[code] for code in after}
            assert counted == {"200": FEW, "429": len(workers)}, (
                "The metrics of a worker do not count what other workers answered.\n"
                f"{FEW} requests were answered 200 and {len(workers)} 429 by all workers; "
                f"the metrics of one worker have counted {counted}"
            )


@check(
    "reads_its_settings",
    title="REDIS_URL, LIMIT and WINDOW_S are read from the environment",
    points=0.5,
    hints=(
        "Where does your code get its three settings?",
        (
            "This check serves your app a second time, from the same folder: on another Redis, with "
            "another limit and a window of an hour. The two share nothing, not even metrics."
        ),
        (
            'Give the whole address to the client: `Redis.from_url(os.environ["REDIS_URL"])`, and read '
            'both numbers: `int(os.environ["LIMIT"])`. Keep no file beside the app, and count the '
            'metrics in that Redis: `await store.hincrby("metrics", code, 1)`.'
        ),
    ),
)
def test_reads_its_settings(server: Server, slow: Server, tried: dict) -> None:
    with visitors(server, tried) as (here, *_), visitors(slow, tried) as (there, *_):
        key = new_key()
        asked = [here.work(key) for _ in range(LIMIT + 1)]
        must_keep_the_limit(asked, LIMIT, WINDOW_S, f"With LIMIT={LIMIT} and WINDOW_S={WINDOW_S}")
        statuses = [there.work(key).status for _ in range(FEW + 1)]
        right = [200] * FEW + [429]
        assert statuses == right, (
            "The limit is not the LIMIT of the environment.\n"
            f"With LIMIT={FEW} a new key is answered {statuses}"
        )
        before = here.metrics()
        there.work(new_key())
        assert here.metrics() == before, (
            "A server on another Redis changes the metrics of this one."
        )
        wait = there.work(key)
        wrong = wrong_wait(wait, [one for one in there.seen if one.granted][:FEW], LONG_S)
        assert not wrong, f"{wrong}\nWINDOW_S is {LONG_S}."


@check(
    "never_too_many",
    title="Never more than LIMIT in any window, whoever answers",
    points=1.5,
    hints=(
        "Between counting a key's requests and noting a new one: which other request may count?",
        (
            "Two faults are common. Two requests look at the same moment, and both find room. Or the "
            "window is one of the clock: a customer comes at its end, and again when the next begins."
        ),
        (
            "Keep the moment of each 200 in a list, and let one Lua script drop those that are a "
            "window old (`LPOP`), count the others (`LLEN`) and add the new one (`RPUSH`). Or do these "
            'steps with a lock that belongs to one request: `async with store.lock(f"lock:{key}", '
            "timeout=5)`."
        ),
    ),
)
def test_never_too_many(server: Server, link: Link, scenes: Scenes, tried: dict) -> None:
    with ExitStack() as stack:
        sets = [stack.enter_context(visitors(server, tried)) for _ in range(PHASES)]
        for one, other in (sets[0][:2], (sets[0][0], sets[1][0])):  # two workers, and one
            two_at_the_limit(link, one, other, new_keys(), LIMIT, WINDOW_S, 1)
        for _ in range(12):
            key = new_key()
            asked = all_at_once([one for workers in sets for one in workers], key)
            must_keep_the_limit(asked, LIMIT, WINDOW_S, "Many clients ask at one moment")
    scenes.went_well("never_too_many", tried)


def _half_a_window_later(stage: Beside) -> None:
    """With a long window, what lives for less than half of it in Redis runs out; the limit holds."""
    with visitors(stage.server, stage.tried) as (one, other):
        key = new_key()
        asked = [one.work(key) for _ in range(SOME)]
        over = ", ".join(let_the_night_pass(stage.store, LONG_S / 2))
        asked.append(other.work(key))
        ran_out = f"half a window had passed for all keys with a time-to-live ({over or 'none'})"
        must_keep_the_limit(asked, SOME, LONG_S, f"WINDOW_S is {LONG_S}, and {ran_out}")


def _comes_at_every_edge(stage: Beside) -> None:
    """Keys that begin in each part of a window, and come again and again for two windows."""
    part = WINDOW_S / PHASES
    early = [(0.0, 1), *((number * part, LIMIT) for number in range(PHASES // 2, 2 * PHASES + 2))]
    late = [(number * part, LIMIT) for number in range(2 * PHASES + 2)]
    keys = [new_key() for _ in range(PHASES)]
    with ExitStack() as stack, ThreadPoolExecutor(PHASES) as pool:
        sets = [stack.enter_context(visitors(stage.server, stage.tried)) for _ in keys]
        began = time.monotonic()
        asked = pool.map(
            lambda number: knock(
                sets[number],
                keys[number],
                began + number * part,
                late if number % 4 == 3 else early,
            ),
            range(PHASES),
        )
        for one in asked:
            must_keep_the_limit(one, LIMIT, WINDOW_S, "A key comes again and again")


@check(
    "never_too_few",
    title="A request is refused only if its key has had LIMIT",
    points=1.5,
    hints=(
        "Does a refused request change anything in your store?",
        (
            "A refused request must use up nothing, not even for a moment. And the limit belongs to "
            "the key, not to a worker: one worker may answer all of it."
        ),
        (
            "Count first and note the request only if there is room (`RPUSH` inside the `if`), in "
            "one Lua script, or inside `async with store.lock(…, timeout=5)`, for all workers "
            "together. Do not refuse a request because it meets another one: wait for the lock "
            "(`await lock.acquire()`), or after a `WatchError` begin again (`continue`)."
        ),
    ),
)
def test_never_too_few(server: Server, link: Link, scenes: Scenes, tried: dict) -> None:
    with visitors(server, tried) as workers:
        two_at_the_limit(link, *workers[:2], new_keys(), LIMIT, WINDOW_S, 2)
        refused_while_a_place_comes_free(link, *workers[:2], new_keys(), LIMIT, WINDOW_S)
        for worker in (workers[0], workers[-1]):
            key = new_key()
            statuses = [worker.work(key).status for _ in range(LIMIT)]
            assert statuses == [200] * LIMIT, (
                "A request was refused although its key had room.\n"
                f"A new key asked one worker {LIMIT} times, which is LIMIT; it answered {statuses}"
            )
    scenes.went_well("never_too_few", tried)


def _knocks_while_it_is_refused(stage: Beside) -> None:
    """A key comes again and again while it is refused, and once more when its window has ended."""
    with visitors(stage.server, stage.tried) as workers:
        key, began = new_key(), time.monotonic()
        rounds = [(0.0, LIMIT), *((part * WINDOW_S / 8, 5) for part in range(1, 8))]
        asked = knock(workers, key, began, [*rounds, (WINDOW_S + 0.3, LIMIT)])
        must_keep_the_limit(
            asked, LIMIT, WINDOW_S, "A key comes again and again while it is refused"
        )


@check(
    "keys_are_apart",
    title="Each key has a limit of its own, whatever its text is",
    points=0.5,
    hints=(
        "Which names does your app use in Redis, and can a customer have such a name?",
        (
            "A key is any text: upper and lower case, colons, blanks, other alphabets, a thousand "
            "bytes, and the names that you use yourself in Redis."
        ),
        (
            "Put a prefix before the key, which nothing else has, and nothing behind it: "
            '`"log:" + key`, and for a lock or a number of this key `"lock:" + key` or '
            "`'members:' .. KEYS[1]`. Change nothing in the key."
        ),
    ),
)
def test_keys_are_apart(server: Server, link: Link, services: dict[str, str], tried: dict) -> None:
    with visitors(server, tried) as workers:
        base = new_key()
        with link.overhearing() as sent:
            asked = [workers[0].work(base)]
            workers[0].metrics()
        with redis_at(services["REDIS_URL"]) as store:
            names = [bytes(name) for name in in_time(store.scan_iter(), "keys")]
        own = who_has_such_names(base.encode(), [*names, *texts_in(sent)])
        for key in own:
            _has_its_whole_limit(workers[0], key)
            asked.append(_asked_apart(workers[-1], base.encode()))
        must_keep_the_limit(
            asked, LIMIT, WINDOW_S, "A customer has a name that the app uses in Redis"
        )
        texts = (
            "Ann", "ann", "ANN", "a b", "a  b", "a:b", "a", "b", "a:b:c", "metrics", "200", "429",
            "*", "{a}", "a'b\"c", "%41nn", "Äpfel", "漢字 😀", "x" * 1000, "x" * 999 + "y",
        )  # fmt: skip
        keys = [key for text in texts if (key := text.encode()) not in own]
        for number, key in enumerate(keys):
            _has_its_whole_limit(workers[number % len(workers)], key)
        workers[0].metrics()


def _asked_apart(worker: Visitor, key: bytes) -> Asked:
    """The response to a key that shares nothing with any other."""
    try:
        return worker.work(key)
    except AssertionError as error:
        shown = f"X-Key was {key.decode(errors='replace')[:40]!r}: " * ("X-Key" not in str(error))
        raise AssertionError(f"{NOT_APART}\n{shown}{error}") from None


def _has_its_whole_limit(worker: Visitor, key: bytes) -> None:
    statuses = [_asked_apart(worker, key).status for _ in range(LIMIT)]
    shown = key.decode(errors="replace")
    assert statuses == [200] * LIMIT, (
        f"{NOT_APART}\nX-Key {shown[:40]!r} was not used before, and is answered {statuses}; LIMIT is {LIMIT}"
    )


@check(
    "retry_after_is_true",
    title="Retry-After says when the key is free again",
    points=1.0,
    hints=(
        "Which of the key's 200s leaves the window first, and when?",
        (
            "The whole window is too long when the oldest request is old already. Rounded down, the "
            "customer comes too early. Only digits are allowed."
        ),
        (
            "`wait = ceil(oldest + WINDOW_S - now)`, at least 1, with the moments of the store's "
            "clock; and the header is `str(wait)` of this whole number (`int`)."
        ),
    ),
)
def test_retry_after_is_true(scenes: Scenes, tried: dict) -> None:
    scenes.went_well("retry_after_is_true", tried)


def _come_again_when_they_were_told(stage: Beside) -> None:
    with ExitStack() as stack:
        sets = [stack.enter_context(visitors(stage.server, stage.tried)) for _ in range(4)]
        with ThreadPoolExecutor(len(sets)) as pool:
            apart = (0.0, 0.25, 0.6, 0.9)  # between the first request of a key and the others
            for wrong in pool.map(_comes_again_when_it_was_told, sets, apart):
                assert not wrong, wrong


def _comes_again_when_it_was_told(workers: list[Visitor], apart: float) -> str:
    """A key uses up its limit, is refused, and comes again after Retry-After seconds."""
    key, began = new_key(), time.monotonic()
    asked = knock(workers, key, began, [(0.0, 1), (apart * WINDOW_S, LIMIT - 1)])
    refused = workers[0].work(key)
    asked.append(refused)
    if wrong := too_many(asked, LIMIT, WINDOW_S) or too_few(asked, LIMIT, WINDOW_S):
        return wrong
    if refused.granted:
        return ""  # the machine was so busy that the window has ended
    granted = [one for one in asked if one.granted]
    if wrong := wrong_wait(refused, granted, WINDOW_S):
        return wrong
    wait = int(refused.retry_after or 0)
    (again,) = knock(workers, key, refused.arrived, [(wait, 1)])
    if again.granted:
        return ""
    return (
        "Retry-After is too short.\n"
        f"A 429 said Retry-After: {wait}; the key came again after {wait} s and was refused"
    )


@check(
    "metrics_add_up",
    title="The metrics count every answer, on every worker",
    points=1.0,
    hints=(
        "Who counts a request, and when: before its answer, or after it?",
        (
            "Each worker must tell the numbers of all workers, at once, and no count may be lost "
            "when two count at the same moment."
        ),
        (
            'Count in Redis, `await store.hincrby("metrics", code, 1)`, before you answer: not in a '
            "task, not by a message, and with no `expire`. Read both numbers there, with `hgetall`."
        ),
    ),
)
def test_metrics_add_up(server: Server, link: Link, services: dict[str, str], tried: dict) -> None:
    with ExitStack() as stack:
        sets = [stack.enter_context(visitors(server, tried)) for _ in range(3)]
        workers = sets[0]
        known = workers[0].metrics()
        for number, worker in enumerate(workers):
            with link.holding(LATE_S):  # an app that tells the others by messages is late now
                worker.work(new_key())
                seen = workers[(number + 1) % len(workers)].metrics()
            known["200"] += 1
            assert seen == known, (
                f"{NOT_ALL}\nOne worker answered 200; then another says {seen}, not {known}"
            )
        for other in (workers[1], sets[1][0]):  # another worker, and the same one
            two_count_at_once(link, workers[0], other, workers[-1], new_keys())
        known = workers[0].metrics()
        _count_while_others_read(sets, known)
    with visitors(server, tried) as workers:
        before = workers[0].metrics()
        over = ", ".join(let_the_night_pass(services["REDIS_URL"]))
        after = workers[0].metrics()
        assert after == before, (
            f"The metrics have forgotten answers.\nThey said {before}; a night later, in which a "
            f"time-to-live ran out in Redis ({over}), they say {after}"
        )


def _count_while_others_read(sets: list[list[Visitor]], known: dict[str, int]) -> None:
    """All workers count at full speed, and meanwhile no number goes down."""
    (*counting, reading), key = sets, new_key()
    crowd = [one for workers in counting for one in workers]

    def work(one: Visitor) -> list[Asked]:
        return [one.work(key if turn % 2 else new_key()) for turn in range(12)]

    with ThreadPoolExecutor(len(crowd)) as pool:
        asked = [pool.submit(work, one) for one in crowd]
        last = known
        while not all(one.done() for one in asked):
            for worker in reading:
                seen = worker.metrics()
                assert all(seen[code] >= last[code] for code in seen), (
                    f"The metrics went down, from {last} to {seen}"
                )
                last = seen
    answers = [answer.status for one in asked for answer in one.result()]
    right = {code: known[code] + answers.count(int(code)) for code in known}
    for worker in reading:
        seen = worker.metrics()
        assert seen == right, (
            f"{NOT_ALL}\n{answers.count(200)} requests were answered 200 and {answers.count(429)} "
            f"429; a worker's metrics say {seen}, not {right}"
        )


@check(
    "survives_a_killed_worker",
    title="A worker killed at any step harms no key",
    points=0.5,
    hints=(
        "If a worker dies on this very line, what does it leave in Redis?",
        (
            "A lock whose holder is dead, or a place that was taken for a request which nobody "
            "answers any more. Both must end by themselves."
        ),
        (
            "Decide in one step, with no lock: the script that finds a place notes the moment, too "
            "(`ZADD` with `now`). Or give the lock a time-to-live of four to ten seconds: "
            "`timeout=5`."
        ),
    ),
)
def test_survives_a_killed_worker(scenes: Scenes, tried: dict) -> None:
    scenes.went_well("survives_a_killed_worker", tried)


def _is_killed_at_every_step(stage: Beside) -> None:
    server = stage.server
    used = [*_killed_at_every_step(server, stage.link, stage.tried)]
    with visitors(server, stage.tried) as workers:
        time.sleep(WINDOW_S + 0.1)
        for number, key in enumerate(used):
            worker = workers[number % len(workers)]
            asked = [worker.work(key) for _ in range(LIMIT + 1)]
            statuses = [one.status for one in asked]
            assert statuses[:LIMIT] == [200] * LIMIT, (
                "A killed worker has used up some of the limit of its key.\n"
                "It was killed in the middle of a request; a window later its key is "
                f"answered {statuses}; LIMIT is {LIMIT}"
            )
            must_keep_the_limit(
                asked, LIMIT, WINDOW_S, "A worker was killed, and a window has passed"
            )


def _killed_at_every_step(server: Server, link: Link, tried: dict) -> Iterator[str]:
    """Kill a worker before each of its messages to Redis; yields the keys that it worked for."""
    for step in range(MOST_STEPS):
        with visitors(server, tried) as (victim, other, *_):
            key = new_key()
            _, stopped = killed_at(link, step, server, victim.pid, partial(victim.work, key))
            watch = Stopwatch()
            late = (
                "A request waited for a worker that is dead.\nA worker was killed in the middle of"
            )
            try:
                other.work(key)
            except AssertionError as error:
                raise AssertionError(f"{late} a request; another one: {error}") from None
            waited = watch.seconds
            assert waited <= PATIENCE_S, (
                f"{late} a request, and another with the same key was answered after {waited:.1f} s"
            )
            yield key
        if not stopped:
            return


@check(
    "metrics_survive_a_killed_worker",
    title="The metrics lose nothing when a worker dies",
    points=0.5,
    hints=(
        "Where are the counts of a worker that has just been killed?",
        (
            "What a worker has counted in its own memory ends with it, and a worker that takes its "
            "place must not begin anew."
        ),
        (
            "Count in one hash of Redis for all workers, living or dead (`hincrby` and `hgetall`), and "
            'let no worker empty it at its start: after `Redis.from_url(os.environ["REDIS_URL"])` no '
            "`flushdb`. Or use prometheus_client's multiprocess files, which nobody deletes."
        ),
    ),
)
def test_metrics_survive_a_killed_worker(server: Server, tried: dict) -> None:
    with visitors(server, tried) as workers:
        for worker in workers:
            worker.work(new_key())
        before = workers[0].metrics()
        server.kill(workers[1].pid)
        seen = workers[0].metrics()
        assert seen == before, (
            f"{FORGOTTEN}\nThey said {before}; a worker was killed, and they say {seen}"
        )
    with visitors(server, tried) as workers:
        for worker in workers:
            seen = worker.metrics()
            assert seen == before, (
                f"{FORGOTTEN}\nThey said {before}; a worker was killed and replaced, and one says "
                f"{seen}"
            )
            worker.work(new_key())
            before["200"] += 1


@check(
    "survives_a_restart",
    title="A restart of the app does not refill the limits",
    points=0.5,
    hints=(
        "The app stops and starts again, and Redis goes on. What does the app do as it starts?",
        "Code at module level and in the lifespan runs at every start. Does any of it write?",
        (
            'Delete the line that writes. And call the log of a key `f"log:{key}"`, with nothing in '
            "its name that is new after a restart, such as `os.getppid()`."
        ),
    ),
)
def test_survives_a_restart(scenes: Scenes, tried: dict) -> None:
    scenes.went_well("survives_a_restart", tried)


def _restarts(stage: Beside) -> None:
    server, key = stage.server, new_key()
    with visitors(server, stage.tried) as (one, other):
        first = [one.work(key).status, other.work(key).status]
    server.restart()
    with visitors(server, stage.tried) as (one, other):
        again = [one.work(key).status, other.work(key).status]
        fresh = [other.work(new_key()).status for _ in range(2)]
    statuses = [*first, *again]
    assert statuses == [200, 200, 200, 429], (
        "A restart has changed how much of its limit a key has used.\n"
        f"LIMIT is {SOME}; before a restart a key was answered {first}, and after it {again}"
    )
    assert fresh == [200, 200], f"after a restart a new key is answered {fresh}"


@check(
    "leaves_nothing_behind",
    title="After a stop, no process is left",
    points=0.5,
    hints=(
        "Does the app start any process or task of its own?",
        "A process or a thread of your own goes on running unless the lifespan stops it.",
        "Start no processes in the app; or stop them after the `yield` in the lifespan.",
    ),
)
def test_leaves_nothing_behind(server: Server, tried: dict) -> None:
    with visitors(server, tried) as workers:
        for worker in workers:
            worker.work(new_key())
    server.close()
    left = ", ".join(server.left_behind)
    assert not left, f"the server was stopped, and these processes live on: {left}"
