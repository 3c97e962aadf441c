"""Graded checks of lab 05: a counter that is there before gunicorn's workers are forked."""

from __future__ import annotations

from pathlib import Path

from workerlab.contracts import counter_checks as counter
from workerlab.contracts.counter import RESPONSE_S, every_response_fits, mixed_requests
from workerlab.grading import check
from workerlab.grading.behind.full_speed import must_fit_one_order
from workerlab.grading.manifest import Manifest
from workerlab.servers import Server
from workerlab.stepping import SteppedServer
from workerlab.traffic import burst

PATIENCE_S = 12.0  # the contract's 10 s, and a little for a machine that is busy


@check(
    "starts",
    title="Three workers start and respond",
    points=0.5,
    quick=True,
    hints=(
        "What does the file do while the master imports it, before there is any worker?",
        "Run `workerlab serve app.py --runner preload --workers 3`, and read what it prints.",
        (
            "The file needs an object named `app`; every process that it starts must be ready when "
            "the import ends. An EOFError where a manager starts? Its process imports this file "
            'again, to find your class: name the start method, `Manager(ctx=get_context("fork"))`.'
        ),
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
        "What is the same after a fork, and what is only a copy?",
        (
            "A variable is copied: each worker has its own from then on. A connection to another "
            "process, a mapped page or a file leads all of them to the same object. Is yours made "
            "before the fork, at module level?"
        ),
        (
            'Start the manager at module level, `manager = get_context("fork").Manager()`, not in a '
            "lifespan, and keep the count in it: `store = manager.dict(count=0)`. Then all workers "
            "reach that one."
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
        "Binding a module's name to something new changes it in one worker only.",
        'Change what is shared: `store["count"] = 0`, or a `reset` method in the manager\'s process.',
    ),
)
def test_reset_reaches_every_worker(server: Server, tried: dict) -> None:
    counter.reset_reaches_every_worker(server, tried)


@check(
    "no_lost_update",
    title="Increments and resets at the same moment all count",
    points=3.5,
    quick=True,
    hints=(
        (
            "Between the line that reads the count and the line that writes it: which other "
            "request may read?"
        ),
        (
            "Each call of a proxy is one message to the manager. Two of them are two steps. And a "
            "lock file that was opened before the fork is the same open file in all workers."
        ),
        (
            "Let a method in the manager's process read, add and write, with a `threading.Lock` "
            'there; or in each request `with open(path, "w") as file:` and `fcntl.flock(file, '
            "fcntl.LOCK_EX)`, held over the read and the write. Respond with what the write made, "
            "after it and from no `BackgroundTasks`."
        ),
    ),
)
def test_no_lost_update(search) -> None:
    counter.no_lost_update(search)


@check(
    "right_after_the_fork",
    title="Every request gets its own reply, from the first one on",
    points=2.0,
    hints=(
        "Did the master send anything to the manager before it forked? On which connection?",
        (
            "A proxy opens its connection with the first call. If that call is the master's, every "
            "worker inherits the same socket, and reads the next reply, which belongs to another "
            "worker."
        ),
        "Give the start value as `manager.dict(count=0)`, and make no call before the fork.",
    ),
)
def test_right_after_the_fork(
    launch, search, lab: Manifest, submission: Path, services: dict[str, str], tried: dict
) -> None:
    """A burst with the first call ever; then step by step between a call and its reply."""
    with launch() as server:
        history = burst(server, mixed_requests(120, resets=True), clients=9, timeout=RESPONSE_S)
        tried["requests"] += len(history)
        must_fit_one_order(history)
    inside = {"trace_into": ("multiprocessing",), "runner": lab.runner, "workers": 2}
    with SteppedServer(submission / "app.py", env=services, **inside) as stepped:
        both = "POST /reset | POST /increment"
        options = {"before": both, "after": "GET /report", "preemptions": 1, "on": stepped}
        for other in ("POST /reset", "GET /report"):
            search(f"POST /increment | {other}", schedules=60, **options)


@check(
    "every_answer_fits_one_order",
    title="Under a burst, all responses fit one order",
    points=1.5,
    hints=(
        "Can two increments ever be answered the same count? Then which of them made that value?",
        "A second call that reads the count may read the value of a later increment.",
        "Respond with what the adding call itself returned.",
    ),
)
def test_every_answer_fits_one_order(search, server: Server, tried: dict) -> None:
    counter.no_schedule_breaks_the_order(search)
    every_response_fits(server, mixed_requests(240), clients=24, tried=tried)
    every_response_fits(server, mixed_requests(40, resets=True), clients=5, tried=tried)


@check(
    "survives_a_killed_worker",
    title="A worker killed at any point harms no other",
    points=0.5,
    hints=(
        "If a worker dies on this very line, what does it hold, and which requests wait for it?",
        (
            "`manager.Lock()` and a lock of `multiprocessing` do not know their holder: when it "
            "dies they stay locked for ever. And a response must not be sent before the count is "
            "written."
        ),
        (
            "Take the lock in the manager's process, where no worker can die with it; or "
            "`fcntl.flock(file, fcntl.LOCK_EX)` a file that each request opens: Linux releases it "
            "when the holder dies."
        ),
    ),
)
def test_survives_a_killed_worker(crash) -> None:
    crash("POST /increment", before="POST /reset", after="GET /report", deadline=PATIENCE_S)


@check(
    "leaves_nothing_behind",
    title="After a SIGTERM, no process is left",
    points=0.5,
    hints=(
        "Which process starts the manager's process, and which ends it?",
        (
            "A process that the master starts with `multiprocessing` ends with the master. A "
            "process that is started in another way, or by a worker, goes on running."
        ),
        (
            "Start the manager's process at module level with `multiprocessing`, as "
            '`get_context("fork").Manager()` or as `Process(target=..., daemon=True)`, and start '
            "nothing else."
        ),
    ),
)
def test_leaves_nothing_behind(server: Server, tried: dict) -> None:
    counter.leaves_nothing_behind(server, tried)
