"""Graded checks of lab 06: a counter in shared memory, under one uvicorn server."""

from __future__ import annotations

import time
from contextlib import suppress
from http.client import HTTPConnection

from workerlab.contracts import counter_checks as counter
from workerlab.contracts.counter import caller, each_worker, every_response_fits, mixed_requests
from workerlab.grading import check
from workerlab.grading.places import StateSegment, segments
from workerlab.processes.patience import Deadline
from workerlab.processes.tree import parents
from workerlab.servers import Server
from workerlab.servers.readiness import PROBE, stopped, wait_for_end
from workerlab.stepping import SteppedServer

PATIENCE_S = 12.0  # the contract's 10 s, and a little for a machine that is busy
# Requests after which a worker is replaced. With sixty, as in the README, the questions that the
# harness asks of a server whose workers start would already be too many.
LIMIT = 2000
RECYCLED = 3  # workers of the server whose workers are replaced, each of them once
END_S = 30.0  # seconds for a worker to end that has had its last request
GONE_S = 3.0  # the contract's second, and a little for a machine that is busy
ROOM = 64 * 2**20  # bytes of /dev/shm on a small machine


@check(
    "starts",
    title="Five workers start and respond",
    points=0.5,
    quick=True,
    hints=(
        "What does the file do while Python imports it, in five processes at once?",
        "Nothing of STATE_NAME exists at first. One worker makes the segment; what do the others do?",
        "Try `SharedMemory(name, create=True, size=8)`, and on FileExistsError `SharedMemory(name)`.",
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
        "Anything at module level exists five times. A segment is shared only under one name.",
        (
            'Every worker opens `os.environ["STATE_NAME"]`, and each request reads the count from '
            'there, `struct.unpack("q", memory.buf[:8])[0]`, and writes it there.'
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
        "The reset must change a value in the segment.",
        (
            'Write 0 into the shared bytes themselves, `memory.buf[:8] = struct.pack("q", 0)`, under '
            "the same lock as an increment."
        ),
    ),
)
def test_reset_reaches_every_worker(server: Server, tried: dict) -> None:
    counter.reset_reaches_every_worker(server, tried)


@check(
    "reads_its_settings",
    title="STATE_NAME alone names the segment",
    points=0.5,
    hints=(
        "Where does your code get the name of the segment?",
        "This check serves your app twice, with two names. Each of them must have its own count.",
        'Give `os.environ["STATE_NAME"]` to the call that opens the memory.',
    ),
)
def test_reads_its_settings(
    server: Server, stepped: SteppedServer, services: dict[str, str], tried: dict
) -> None:
    with (
        each_worker(server, tried) as (here, *_),
        each_worker(stepped.server, tried) as (there, *_),
    ):
        counter.reads_its_settings(here, there, setting="STATE_NAME", place="under another name")
    assert segments(services["STATE_NAME"]), "after an increment no segment is called STATE_NAME"


@check(
    "no_lost_update",
    title="Increments and resets at the same moment all count",
    points=3.0,
    quick=True,
    hints=(
        (
            "Between the line that reads the count and the line that writes it: which other "
            "request may read?"
        ),
        (
            "Memory has no lock of its own. Yours must keep out the other workers *and* the other "
            "threads of this one: a lock of `threading` or `multiprocessing` exists once in each "
            "worker, and a flock on one open file is shared by all who use that file object."
        ),
        (
            'In each request `with open(os.environ["STATE_LOCK"], "w") as file:` and '
            "`fcntl.flock(file, fcntl.LOCK_EX)`, and hold it over the read and the write, in the "
            "order `count = read() + 1`, `write(count)`. Respond after the write, from no "
            "`BackgroundTasks`."
        ),
    ),
)
def test_no_lost_update(search) -> None:
    counter.no_lost_update(search)


@check(
    "every_answer_fits_one_order",
    title="Under a burst, all responses fit one order",
    points=1.5,
    hints=(
        "Can two increments ever be answered the same count? Then which of them made that value?",
        "The response must have the value that you wrote while you held the lock.",
        "Compute `count = read() + 1` and write it in the lock, and respond with that `count`.",
    ),
)
def test_every_answer_fits_one_order(search, server: Server, tried: dict) -> None:
    counter.no_schedule_breaks_the_order(search)
    every_response_fits(server, mixed_requests(360), clients=40, tried=tried)
    every_response_fits(server, mixed_requests(40, resets=True), clients=5, tried=tried)


@check(
    "survives_a_killed_worker",
    title="A worker killed at any point harms no other",
    points=1.5,
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
            "A lock by `fcntl.flock` is released when its holder dies; one that is a byte in memory, "
            "or a file that exists, is not. And new memory is zero already: delete a `write(0)` that "
            "runs at start-up."
        ),
    ),
)
def test_survives_a_killed_worker(crash) -> None:
    crash("POST /increment", before="POST /reset", after="GET /report", deadline=PATIENCE_S)


@check(
    "survives_recycling",
    title="Workers that end normally remove nothing",
    points=1.0,
    hints=(
        "With `--limit-max-requests 60` every worker ends after sixty requests, and a new one comes.",
        (
            "Which of your workers removes the segment as it ends? The others go on with memory "
            "that has no name any more, and the next worker that starts makes a new, empty segment."
        ),
        (
            "Delete the `memory.unlink()` that a worker runs as it ends, while others are there. "
            "uvicorn's resource tracker removes a `SharedMemory` when the whole server has ended."
        ),
    ),
)
def test_survives_recycling(launch, tried: dict) -> None:
    """In two turns, so that a worker with the count is there all the time."""
    extra = ("--limit-max-requests", str(LIMIT))
    with StateSegment() as env, launch(env=env, extra=extra, workers=RECYCLED) as server:
        first = server.connections()
        for turn in (first[:2], first[2:]):
            with caller(server, tried) as one:
                count = one.increment()
            for pid, connection in turn:
                use_up(pid, connection)
            server.wait_for_workers()
            with each_worker(server, tried) as workers:
                reports = [worker.report() for worker in workers]
            assert set(reports) == {count}, (
                f"the count did not survive workers that end: it was {count}, {len(turn)} of them "
                f"ended after {LIMIT} requests and were replaced, and now the workers report "
                f"{reports}"
            )


def use_up(pid: int, connection: HTTPConnection) -> None:
    """Ask a worker until it has had enough, in one go; returns when it has ended.

    uvicorn's own process is stopped meanwhile: it would wait for twenty seconds for the answer of
    a worker that ends while being asked whether it is alive.
    """
    question = f"GET {PROBE} HTTP/1.1\r\nHost: -\r\n\r\n".encode()
    with stopped([parents()[pid]]):
        with suppress(OSError):  # it hangs up when it has had enough
            connection.sock.sendall(question * LIMIT)
            while connection.sock.recv(65536):
                pass
        connection.close()
        wait_for_end(pid, END_S)


@check(
    "fits_in_64_mb",
    title="Ten thousand bytes are plenty for one count",
    points=0.25,
    hints=(
        "How much memory does the state take after a thousand requests? And after two thousand?",
        "On a small machine, or in a container, /dev/shm has 64 MB. Does anything in it only grow?",
        (
            "One segment of eight bytes, made once, is enough: delete what each request makes or "
            "keeps, such as a `SharedMemory` for each `count`."
        ),
    ),
)
def test_fits_in_64_mb(server: Server, services: dict[str, str], tried: dict) -> None:
    every_response_fits(server, mixed_requests(200), clients=20, tried=tried)
    held = [path.stat().st_blocks * 512 for path in segments(services["STATE_NAME"])]
    mb = sum(held) / 2**20
    assert sum(held) < ROOM, f"too much memory: {len(held)} segments hold {mb:.0f} MB in /dev/shm"


@check(
    "leaves_nothing_behind",
    title="After a stop, no process and no segment is left",
    points=0.25,
    hints=(
        "A segment is not a variable: what removes it when the last worker has ended?",
        (
            "A worker ends without running `atexit`. Python's resource tracker, which uvicorn's "
            "workers share, removes what `SharedMemory` has made, unless the code takes it away "
            "from the tracker."
        ),
        (
            "Leave the segment to the tracker, and delete `resource_tracker.unregister(...)`; or let "
            "the last worker that ends remove it, after the `yield` in the lifespan."
        ),
    ),
)
def test_leaves_nothing_behind(server: Server, services: dict[str, str], tried: dict) -> None:
    counter.leaves_nothing_behind(server, tried)
    deadline = Deadline(GONE_S)
    while (left := segments(services["STATE_NAME"])) and not deadline.passed:
        time.sleep(0.05)
    names = ", ".join(path.name for path in left)
    assert not left, f"the server was stopped, and in /dev/shm is still: {names}"
