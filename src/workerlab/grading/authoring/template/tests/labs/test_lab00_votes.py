"""Graded checks of lab 00: votes that three workers count in one file."""

from __future__ import annotations

from workerlab.contracts import counter_checks as counter
from workerlab.contracts.counter import every_response_fits, mixed_requests
from workerlab.grading import check
from workerlab.servers import Server

PATIENCE_S = 12.0  # seconds in which the others must respond when a worker has died


@check(
    "starts",
    title="Three workers start and answer",
    points=1.0,
    quick=True,
    hints=(
        "What does the file do while Python imports it?",
        "There is nothing at STATE_FILE at first. Who makes it?",
        "Open it with `O_CREAT`, or look whether it is there before you read.",
    ),
)
def test_starts(server: Server, tried: dict) -> None:
    counter.starts(server, tried)


@check(
    "follows_the_contract",
    title="Each endpoint answers as the contract says",
    points=1.0,
    quick=True,
    hints=(
        "What exactly does each endpoint promise to answer?",
        "Compare with the README: method, path, status 200, a `count` that is a whole number.",
        "An increment answers the value *after* itself.",
    ),
)
def test_follows_the_contract(server: Server, tried: dict) -> None:
    counter.follows_the_contract(server, tried)


@check(
    "one_object_for_all_workers",
    title="All workers see the same count",
    points=2.0,
    quick=True,
    hints=(
        "In whose memory does the number live that the report answers?",
        "Anything at module level exists once for each worker.",
        "Keep nothing at module level: look into STATE_FILE for each request.",
    ),
)
def test_one_object_for_all_workers(server: Server, tried: dict) -> None:
    counter.one_object_for_all_workers(server, tried)


@check(
    "no_lost_update",
    title="Votes at the same moment all count",
    points=3.0,
    quick=True,
    hints=(
        "Between the line that reads and the line that writes: who else may read?",
        "You need one step that reads and writes, or a lock that all workers share.",
        "`fcntl.flock` on a file that each request opens for itself is such a lock.",
    ),
)
def test_no_lost_update(search) -> None:
    counter.no_lost_update(search)


@check(
    "every_answer_fits_one_order",
    title="Under a burst, all answers fit one order",
    points=2.0,
    hints=(
        "Can two increments ever be answered the same count?",
        "The answer must be the value that *this* increment wrote.",
        "Take the answer from the same step, or under the same lock, as the write.",
    ),
)
def test_every_answer_fits_one_order(search, server: Server, tried: dict) -> None:
    counter.no_schedule_breaks_the_order(search)
    every_response_fits(server, mixed_requests(120), clients=12, tried=tried)


@check(
    "survives_a_killed_worker",
    title="A worker killed at any point harms no other",
    points=1.0,
    hints=(
        "If a worker dies on this very line, what does it leave behind?",
        "An answer that was sent before the vote was written is a lost vote.",
        "Write first, answer afterwards, and hold no lock that outlives its holder.",
    ),
)
def test_survives_a_killed_worker(crash) -> None:
    crash("POST /increment", before="POST /reset", after="GET /report", deadline=PATIENCE_S)
