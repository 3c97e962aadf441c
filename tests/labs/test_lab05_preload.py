"""Graded checks of lab 05: a counter that is there before gunicorn's workers are forked."""

from __future__ import annotations

from pathlib import Path

from workerlab.contracts import counter_checks as counter
from workerlab.contracts.counter import ANSWER_S, crowd, every_answer_fits
from workerlab.grading import check
from workerlab.grading.behind.full_speed import must_fit_one_order
from workerlab.grading.manifest import Manifest
from workerlab.servers import Server
from workerlab.stepping import SteppedServer
from workerlab.traffic import burst

PATIENCE_S = 12.0  # the contract's 10 s, and a little for a machine that is busy


@check(
    "starts",
    title="Three workers start and answer",
    points=0.5,
    quick=True,
    hints=(
        "What does the file do while the master imports it, before there is any worker?",
        "Run `workerlab serve app.py --runner preload --workers 3`, and read what it prints.",
        (
            "The file needs an object named `app`; what it starts must be up when the import ends. "
            "An EOFError where a manager starts? Its process imports this file again, to find your "
            'class: name the start method, `Manager(ctx=get_context("fork"))`.'
        ),
    ),
)
def test_starts(server: Server, tried: dict) -> None:
    counter.starts(server, tried)


@check(
    "follows_the_contract",
    title="Each endpoint answers as the contract says",
    points=0.5,
    quick=True,
    hints=(
        "What exactly does each endpoint promise to answer, and which of your answers differs?",
        "Compare with the README: method, path, status 200, a `count` that is a whole number.",
        "An increment answers the value *after* itself, a reset answers 0.",
    ),
)
def test_follows_the_contract(server: Server, tried: dict) -> None:
    counter.follows_the_contract(server, tried)


@check(
    "one_object_for_all_workers",
    title="All workers see the same count",
    points=1.0,
    quick=True,
    hints=(
        "What is the same after a fork, and what is only a copy?",
        (
            "A variable is copied: each worker has its own from then on. A connection to another "
            "process, a mapped page or a file leads all of them to the same thing. Is yours made "
            "before the fork, at module level?"
        ),
        (
            'Start the manager at module level: `manager = get_context("fork").Manager()`. Then all '
            "workers reach that one."
        ),
    ),
)
def test_one_object_for_all_workers(server: Server, tried: dict) -> None:
    counter.one_object_for_all_workers(server, tried)


@check(
    "reset_reaches_every_worker",
    title="One reset counts for all workers",
    points=1.0,
    quick=True,
    hints=(
        "A reset is answered by one worker. How do the others get to know?",
        "Binding a module's name to something new changes it in one worker only.",
        'Change what is shared: `store["count"] = 0`, or a `reset` method in the manager\'s process.',
    ),
)
def test_reset_reaches_every_worker(server: Server, tried: dict) -> None:
    counter.reset_reaches_every_worker(server, tried)


@check(
    "no_lost_update",
    title="Increments and resets at the same moment all count",
    points=2.5,
    quick=True,
    hints=(
        "Between the line that reads the count and the line that writes it: who else may read?",
        (
            "Each call of a proxy is one message to the manager. Two of them are two steps. And a "
            "lock file that was opened before the fork is the same open file in all workers."
        ),
        "Let a method in the manager's process read, add and write, with a `threading.Lock` there.",
    ),
)
def test_no_lost_update(search) -> None:
    counter.no_lost_update(search)


@check(
    "right_after_the_fork",
    title="Everyone gets their own reply, from the first request on",
    points=1.5,
    hints=(
        "Did the master say anything to the manager before it forked? On which connection?",
        (
            "A proxy opens its connection with the first call. If that call is the master's, every "
            "worker inherits the same socket, and reads whatever reply comes next: somebody else's."
        ),
        "Give the start value as `manager.dict(count=0)`, and make no call before the fork.",
    ),
)
def test_right_after_the_fork(
    launch, search, lab: Manifest, submission: Path, services: dict[str, str], tried: dict
) -> None:
    """A crowd for whom it is the first call; then step by step between a call and its reply."""
    with launch() as server:
        history = burst(server, crowd(120, resets=True), clients=9, timeout=ANSWER_S)
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
    title="Under a burst, all answers fit one order",
    points=1.0,
    hints=(
        "Can two increments ever be answered the same count? Then whose value was it?",
        "A second call that reads the count back reads whatever is there by then.",
        "Answer what the adding call itself has returned.",
    ),
)
def test_every_answer_fits_one_order(search, server: Server, tried: dict) -> None:
    counter.no_schedule_breaks_the_order(search)
    every_answer_fits(server, crowd(240), clients=24, tried=tried)
    every_answer_fits(server, crowd(40, resets=True), clients=5, tried=tried)


@check(
    "survives_a_killed_worker",
    title="A worker killed at any point harms nobody",
    points=1.5,
    hints=(
        "If a worker dies on this very line, what does it hold, and who waits for it?",
        (
            "`manager.Lock()` and a lock of `multiprocessing` know nothing of their holder: when it "
            "dies they stay locked for ever. And an answer must not be sent before the count is "
            "written."
        ),
        (
            "Take the lock in the manager's process, where no worker can die with it; or `flock` a "
            "file that each request opens, which the kernel lets go for the dead."
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
        "Who has started the manager's process, and who ends it?",
        (
            "What the master starts with `multiprocessing` ends with the master. What is started in "
            "another way, or by a worker, lives on."
        ),
        "Start the manager at module level with `multiprocessing`, and start nothing else.",
    ),
)
def test_leaves_nothing_behind(server: Server, tried: dict) -> None:
    counter.leaves_nothing_behind(server, tried)
