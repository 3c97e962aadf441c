"""Graded checks of lab 01: a detective that finds out what is wrong with a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from workerlab.contracts.detective.session import (
    ANSWERS,
    CANNOT_TELL,
    MOST_REQUESTS,
    Case,
    Precinct,
)
from workerlab.grading import check
from workerlab.grading.manifest import Manifest

RUN = 12  # connections that one worker gets before the other gets any


@pytest.fixture(scope="module")
def precinct(lab: Manifest, submission: Path, quick: bool) -> Iterator[Precinct]:
    """The servers that the detective is sent to."""
    with Precinct(lab.folder / "suspects", submission, planned(quick)) as precinct:
        yield precinct


def planned(quick: bool) -> list[tuple[str, int, int]]:
    """The cases of the checks below: kind, workers, run."""
    if quick:
        return [(kind, 2, 0) for kind in ANSWERS]
    cases = [(kind, workers, 0) for workers in (2, 5, 1) for kind in ANSWERS]
    return [*cases, ("one_copy_per_worker", 2, RUN)]


def solve(precinct: Precinct, tried: dict, kind: str, workers: int, *, run: int = 0) -> Case:
    """One diagnosis; an assertion when it ended without one of the five answers."""
    case = precinct.case(kind, workers, run=run)
    tried["requests"] += case.requests
    problem = f"no diagnosis of a server with {crew(workers)}: {case.problem}"
    assert not case.problem, "\n".join([problem, *case.details.strip().splitlines()[-12:]])
    five = {*ANSWERS.values(), CANNOT_TELL}
    assert case.answer in five, f"it answered {case.answer!r}, which is none of the five answers"
    return case


def must_name(precinct: Precinct, tried: dict, kind: str, quick: bool) -> None:
    """With two workers and with five, the detective gives the right name to this kind."""
    for workers in (2,) if quick else (2, 5):
        case = solve(precinct, tried, kind, workers)
        assert case.answer == case.expected, (
            f"wrong diagnosis of a server with {crew(workers)}: the detective answered "
            f"{case.answer!r}, and right is {case.expected!r}"
        )


def crew(workers: int) -> str:
    return "one worker" if workers == 1 else f"{workers} workers"


@check(
    "starts",
    title="The detective starts, asks, and gives a diagnosis",
    points=0.5,
    quick=True,
    hints=(
        "What does `diagnose` return, and does every path through it return something?",
        (
            "Start a suspect with `workerlab serve suspects/one_shared_object.py` and send your "
            "detective there: `python detective.py http://127.0.0.1:PORT`."
        ),
        (
            "Keep `async def diagnose(client, url)` as it is, ask with `await client.get(...)`, and "
            "end every path with `return SHARED` or another of the five. A loop needs an end, such "
            "as `range(5)`; where a traceback names a line that takes the first of several, ask "
            "with `len(...)` first how many there are."
        ),
    ),
)
def test_starts(precinct: Precinct, tried: dict) -> None:
    case = solve(precinct, tried, "one_shared_object", 2)
    assert case.requests, f"it answered {case.answer!r} without asking the server anything"


@check(
    "names_one_copy_per_worker",
    title="Recognises one copy per worker",
    points=1.5,
    quick=True,
    hints=(
        "If each worker had a count of its own, which two responses would you have to compare?",
        (
            "Compare the reports of *different* workers. A connection that is kept always leads to "
            "the same worker; the `pid` in each response says which worker sent it."
        ),
        (
            'Ask on new connections, `client.get(url, headers={"Connection": "close"})`. Make an '
            "odd number of increments, so that two workers cannot have counted half each, and "
            "collect `{pid: count}` from a hundred reports. If not all counts are equal, return "
            "`COPIES`, before any other test."
        ),
    ),
)
def test_names_one_copy_per_worker(precinct: Precinct, tried: dict, quick: bool) -> None:
    must_name(precinct, tried, "one_copy_per_worker", quick)


@check(
    "names_one_shared_object",
    title="Recognises one shared object, and reports no fault that is not there",
    points=1.5,
    quick=True,
    hints=(
        "What must be true of all the responses before you may say that a server is right?",
        (
            "It has more than one worker, all of them report the same, the number is what you have "
            "sent, and after one reset all of them report 0. Does one of your tests fail by chance?"
        ),
        (
            "Compare the reports with all that you have sent: `before + 101`, where `before` is the "
            "count in a response from before the burst. Return `SHARED` last, when none of the "
            "other questions has found anything."
        ),
    ),
)
def test_names_one_shared_object(precinct: Precinct, tried: dict, quick: bool) -> None:
    must_name(precinct, tried, "one_shared_object", quick)


@check(
    "names_lost_updates",
    title="Recognises updates that get lost",
    points=2.0,
    quick=True,
    hints=(
        "When can two workers disturb each other at all?",
        (
            "Only while both are at work on an increment. One request after the other never shows "
            "it; send a burst and compare the count with what you sent."
        ),
        (
            "`await asyncio.gather(*[increment() for _ in range(101)])`; then, if all workers report "
            "the same number and it is less than 101, return `LOSES`."
        ),
    ),
)
def test_names_lost_updates(precinct: Precinct, tried: dict, quick: bool) -> None:
    must_name(precinct, tried, "loses_updates", quick)


@check(
    "names_partial_reset",
    title="Recognises a reset that reaches one worker",
    points=2.0,
    quick=True,
    hints=(
        "One worker has responded to your reset. What do the others report afterwards?",
        (
            "First make sure that increments are shared: all workers report the same. Then reset, once, "
            "and ask all of them again."
        ),
        (
            'After `await client.post(f"{url}/reset")` collect many reports on new connections; if '
            "any of them is not 0, return `PARTIAL`."
        ),
    ),
)
def test_names_partial_reset(precinct: Precinct, tried: dict, quick: bool) -> None:
    must_name(precinct, tried, "reset_reaches_one_worker", quick)


@check(
    "admits_that_one_worker_hides_it",
    title="Says that it cannot tell, where one worker hides everything",
    points=1.5,
    quick=True,
    hints=(
        (
            "How many workers have responded to you? Could the responses look any different with "
            "only one?"
        ),
        (
            "Count the different pids (in the JSON, and in the header x-worker-pid). With one "
            "worker all four kinds behave alike, so no number of tests can distinguish them."
        ),
        "After a hundred responses on new connections: `if len(pids) == 1: return CANNOT_TELL`.",
    ),
)
def test_admits_that_one_worker_hides_it(precinct: Precinct, tried: dict, quick: bool) -> None:
    for kind, secret in list(ANSWERS.items())[: 1 if quick else None]:
        case = solve(precinct, tried, kind, 1)
        assert case.answer == CANNOT_TELL, (
            f"wrong diagnosis of a server with one worker: the detective answered {case.answer!r}, "
            f"and right is {CANNOT_TELL!r}; with one worker no client can know that this server is "
            f"{secret!r}"
        )


@check(
    "asks_often_enough",
    title="Does not trust a run of responses from one worker",
    points=0.5,
    hints=(
        "The same worker has responded ten times. Is it alone, or just faster?",
        (
            "Linux does not distribute connections evenly: of sixty, one worker may get four. In this "
            f"check the first {RUN} connections all lead to the same worker."
        ),
        "You may ask 500 times, so do: `100` reports before you say that there is one worker.",
    ),
)
def test_asks_often_enough(precinct: Precinct, tried: dict) -> None:
    case = solve(precinct, tried, "one_copy_per_worker", 2, run=RUN)
    assert case.answer == case.expected, (
        f"the detective asked too few times: the first {RUN} connections all led to one of 2 "
        f"workers, and after {case.requests} requests it answered {case.answer!r}, where "
        f"{case.expected!r} is right"
    )


@check(
    "stays_within_500_requests",
    title="Asks at most 500 times",
    points=0.5,
    hints=(
        "How many requests does your detective send in the worst case, all loops together?",
        (
            "The server counts every request, your increments and resets too. A loop that asks until "
            "it has met every worker needs a bound: with one worker it never ends."
        ),
        "Increment `100` times, ask for `100` reports, reset once, and ask for `100` reports again.",
    ),
)
def test_stays_within_500_requests(precinct: Precinct, tried: dict) -> None:
    for workers in (1, 2, 5):
        solve(precinct, tried, "one_shared_object", workers)
    worst = max(precinct.cases, key=lambda case: case.requests)
    assert worst.requests <= MOST_REQUESTS, (
        f"too many requests: it sent {worst.requests} to a server with {crew(worst.workers)}; at most "
        f"{MOST_REQUESTS} are allowed"
    )
