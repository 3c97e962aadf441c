"""Graded checks of lab 03: schedules that lose, written down by hand and run for real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workerlab.contracts.schedules import NONE, Court, Puzzle, Run
from workerlab.grading import check
from workerlab.grading.api import CheckFailed
from workerlab.stepping import Program
from workerlab.stepping.program import ONE_WORKER, TWO_WORKERS

TWO = "POST /increment | POST /increment"
THREE_BEFORE = "POST /reset | POST /increment | POST /increment | POST /increment"
INNOCENT = "other_lock"
PUZZLES = {
    "plain": Puzzle("plain.py", Program.parse(TWO), TWO_WORKERS),
    "lock": Puzzle(
        "lock.py",
        Program.parse("POST /increment | POST /reset", before=THREE_BEFORE),
        TWO_WORKERS,
    ),
    INNOCENT: Puzzle("other_lock.py", Program.parse(TWO), TWO_WORKERS),
    "pause": Puzzle("pause.py", Program.parse(f"{TWO} | POST /increment"), ONE_WORKER),
}


@pytest.fixture(scope="module")
def court(submission: Path) -> Iterator[Court]:
    """The workers on which the schedules are run."""
    with Court(submission, PUZZLES) as court:
        yield court


def run(court: Court, name: str, tried: dict) -> Run:
    """Run one schedule; a failure when it cannot be followed to its last letter."""
    done = court.run(name)
    assert not done.problem, f"{name}: {done.problem}"
    tried["schedules"] += 1
    tried["requests"] += len(done.evidence["requests"])
    return done


def must_lose(court: Court, name: str, tried: dict, show: Callable) -> None:
    """The student's schedule for this app loses; either way it is drawn what it does."""
    if court.written()[name].moves is None:
        raise CheckFailed(f"{name}: you say {NONE!r}, and there are schedules that lose")
    done = run(court, name, tried)
    if done.violation is None:
        text = (
            f"{name}: nothing is lost in this schedule: {done.message}, as if the requests had "
            "come one after the other"
        )
        raise CheckFailed(text, done.evidence)
    show(done.evidence)


@check(
    "starts",
    title="schedules.toml can be read",
    points=0.5,
    quick=True,
    hints=(
        "Are there four tables in the file, and a schedule in each?",
        'A schedule stands in quotes: `schedule = "A A B B"`; a count does not: `leaves = 2`.',
        (
            "Take the file as it came, with `[plain]`, `[lock]`, `[other_lock]` and `[pause]`, and "
            'change only the text after the = signs: `schedule = "A A B B"`.'
        ),
    ),
)
def test_starts(court: Court) -> None:
    court.written()


@check(
    "breaks_plain",
    title="A schedule that breaks plain.py",
    points=2.0,
    quick=True,
    hints=(
        "Between move 1 and move 2 of A, which value does A hold?",
        "Both requests have to read before either of them has written.",
        (
            "A reads, B reads; then both write 1: begin `schedule` with one move of each. There are "
            "only A and B, and each has two moves."
        ),
    ),
)
def test_breaks_plain(court: Court, tried: dict, show: Callable) -> None:
    must_lose(court, "plain", tried, show)


@check(
    "breaks_lock",
    title="A schedule that breaks lock.py",
    points=2.0,
    quick=True,
    hints=(
        "During which moves does A hold the lock, and during which not?",
        (
            "A reads 3 before it has the lock. B resets, from its first move to its last, while A "
            "holds that 3. Neither request has to wait for the other."
        ),
        "In this `schedule`, first one move of A, then three moves of B; then A goes on.",
    ),
)
def test_breaks_lock(court: Court, tried: dict, show: Callable) -> None:
    must_lose(court, "lock", tried, show)


@check(
    "breaks_pause",
    title="A schedule that breaks pause.py",
    points=2.0,
    quick=True,
    hints=(
        "A request waits at an `await`. Which requests may run meanwhile?",
        (
            "Each request has two moves: up to the await, and from there to its end. The first one "
            "reads, the second one writes what was read."
        ),
        (
            "In this `schedule`, let two of them (or all three) make their first move before any "
            "makes its second."
        ),
    ),
)
def test_breaks_pause(court: Court, tried: dict, show: Callable) -> None:
    must_lose(court, "pause", tried, show)


@check(
    "counts_what_is_left",
    title="Says which count each schedule leaves",
    points=2.0,
    quick=True,
    hints=(
        "Which request writes last, and which number did it hold?",
        (
            "Only the last write counts. Write the value beside each move that reads, and one more than "
            "it beside the move of the same request that writes."
        ),
        (
            "If all have read 0, all write 1, and `leaves = 1`, whoever is last. A request that reads "
            "this 1 later writes 2, and then `leaves = 2`."
        ),
    ),
)
def test_counts_what_is_left(court: Court, tried: dict) -> None:
    for name in PUZZLES:
        if name == INNOCENT:
            continue
        done, said = run(court, name, tried), court.written()[name].leaves
        assert said is not None, f"{name}: no count stands beside `leaves`"
        if said != done.leaves:
            text = f"{name}: you say that this schedule leaves {said}; it leaves {done.leaves}"
            raise CheckFailed(text, done.evidence)


@check(
    "spares_the_innocent",
    title="Names the one app that no schedule breaks",
    points=1.5,
    hints=(
        "In which of the four apps can no request come between the read and the write?",
        (
            "A pause or a lock alone proves nothing. Look for the app in which no other request "
            "can reach the count from the read to the write, both included."
        ),
        'It is one of the two with a lock: write `schedule = "none"` there, and only there.',
    ),
)
def test_spares_the_innocent(court: Court, tried: dict) -> None:
    spared = [name for name, written in court.written().items() if written.moves is None]
    if not spared:
        done = run(court, INNOCENT, tried)
        text = (
            f"no app is {NONE!r}, and one of the four cannot be broken; nothing is lost in your "
            f"schedule for {INNOCENT}: {done.message}"
        )
        raise CheckFailed(text, done.evidence)
    others = [name for name in spared if name != INNOCENT]
    assert not others, f"you say {NONE!r} for {' and '.join(others)}, and it can be broken"
