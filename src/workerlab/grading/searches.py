"""The fixtures with which a check searches: `search` for schedules, `crash` for crash points."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from workerlab.evidence import Classes
from workerlab.grading.api import CheckFailed, CheckInconclusive
from workerlab.grading.behind.at_the_store import meet
from workerlab.grading.behind.bursts import burst_behind
from workerlab.grading.behind.crashes_at_the_store import crash as killed_at_the_store
from workerlab.grading.behind.full_speed import TWO_INCREMENTS, at_full_speed
from workerlab.grading.stash import CLASSES
from workerlab.models.registry import MODELS
from workerlab.stepping import SteppedServer, search
from workerlab.stepping.program import Program
from workerlab.stepping.searching.crash_points import DEADLINE_S, CrashSearch
from workerlab.verdict import Verdict

MOST_PLAYED = 3  # searches of a check whose classes a report can play


def _must_hold(verdict: Verdict, tried: dict[str, int]) -> Verdict:
    for name, number in verdict.tried.items():
        tried[name] = max(tried[name], number) if name == "preemptions" else tried[name] + number
    if verdict.status == "failed":
        raise CheckFailed(verdict.message, verdict.evidence)
    if verdict.status == "inconclusive":
        raise CheckInconclusive(verdict.message)
    return verdict


def _note_classes(check: pytest.Item, found: Classes | None) -> None:
    """Keep the classes of a search for the report; those of a check's first searches to be played."""
    so_far = check.stash.setdefault(CLASSES, [])
    if found and found not in so_far:
        so_far.append(found if len(so_far) < MOST_PLAYED else {**found, "shown": []})


@pytest.fixture(scope="module")
def searched() -> dict[tuple[object, ...], Verdict]:
    """The searches of this file: two equal searches have one result."""
    return {}


@pytest.fixture(name="search")
def search_fixture(
    request: pytest.FixtureRequest,
    stepped: SteppedServer,
    searched: dict[tuple[object, ...], Verdict],
    tried: dict[str, int],
    seed: int,
    quick: bool,
    progress: Callable[[str], None],
) -> Callable[..., Verdict]:
    """search("POST /a | POST /b", before=…, after=…, model=…): no schedule may lose.

    Increments that no schedule is sure to lose are sent at full speed, too, in the full check.

    on   a stepped server, if it is not the file's usual one
    """
    budget = {"seconds": 1.5, "schedules": 150}
    if quick:
        budget = {"seconds": 0.6, "schedules": 70, "least": 12}

    def verdict_on(program: str, on: SteppedServer | None, asked: dict[str, Any]) -> Verdict:
        options: dict[str, Any] = {"seed": seed, "progress": progress, **budget, **asked}
        verdict = search(on or stepped, program, **options)
        if quick or on or verdict.status == "failed":
            return verdict
        frame = {name: asked[name] for name in ("before", "after", "model") if name in asked}
        return behind(verdict, Program.parse(program, **frame))

    def behind(verdict: Verdict, program: Program) -> Verdict:
        """A second opinion when no schedule breaks the app: steps that no line shows, and a burst."""
        if program.starts_a_worker:
            return verdict
        if (meetings := request.getfixturevalue("meetings")) is not None:
            met = meet(meetings, program, progress)
            tried = {name: number + met.tried[name] for name, number in verdict.tried.items()}
            verdict = replace(met if met.status == "failed" else verdict, tried=tried)
        model = MODELS.get(program.model)
        if model is not None and model.listens:  # a check of its own sends it bursts
            return verdict
        server = request.getfixturevalue("own_server")
        if verdict.status != "failed" and str(program) == TWO_INCREMENTS:
            verdict = at_full_speed(server, verdict)
        if verdict.status != "failed":
            verdict = burst_behind(server, program, verdict, progress)
        return verdict

    def must_hold(program: str, *, on: SteppedServer | None = None, **asked: Any) -> Verdict:
        question = (program, on, *sorted(asked.items()))
        if question not in searched:
            searched[question] = verdict_on(program, on, asked)
        _note_classes(request.node, searched[question].classes)
        return _must_hold(searched[question], tried)

    return must_hold


@pytest.fixture
def crash(
    request: pytest.FixtureRequest,
    stepped: SteppedServer,
    tried: dict[str, int],
    quick: bool,
    progress: Callable[[str], None],
) -> Callable[..., Verdict]:
    """crash("POST /increment", …): a worker killed at any point of it harms no other.

    on   a stepped server, if it is not the file's usual one
    """

    def must_hold(
        asked: str,
        *,
        on: SteppedServer | None = None,
        then: str = "",
        deadline: float = DEADLINE_S,
        **frame: str,
    ) -> Verdict:
        program = Program.parse(asked, **frame)
        crashes = CrashSearch(on or stepped, program, deadline, progress, then)
        verdict = _must_hold(crashes.run(), tried)
        if quick or on or (meetings := request.getfixturevalue("meetings")) is None:
            return verdict
        seen = crashes.steps_on_stores
        return _must_hold(
            killed_at_the_store(meetings, program, crashes.then, deadline, seen), tried
        )

    return must_hold
