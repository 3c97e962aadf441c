"""Classes full of hostile submissions, and honest ones among them: `make hostile`.

Each hostile one gets its row in time, no point that it does not deserve, leaves nothing behind one
second later, and changes nobody else's row and no file outside.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from classes import ALL_S, LINGER_S, Graded, grade, mixed
from corpus import LAB, NEIGHBOURS, PATIENT, corpus, neighbours
from supervisor import HONEST_S

from workerlab.grading.batch.isolation import why_not

LATE_S = 2.0  # how much later than its budget a row may come
SECRET = "eyes only"  # stands in every line of home/solutions/*/app.py
OUT_OF_TIME = "the time for this submission"
NOT_OURS = "the grader itself failed"  # nobody may make it say so
CORPUS = {one.name: one for one in corpus()}
LABS = sorted({one.lab for one in CORPUS.values()})
TIMES = re.compile(r"\d+([.,]\d+)* ?(ms|s|seconds?)\b")
OF_THIS_RUN = re.compile(r"\b(pid|port|worker|process)( |=|:)?\d+|127\.0\.0\.1:\d+|-[0-9a-f]{12}\b")

pytestmark = [
    pytest.mark.timeout(ALL_S + 300),
    pytest.mark.skipif(bool(why_not()), reason=f"only an isolated class is attacked: {why_not()}"),
]
Class = Callable[[str], Graded]


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Class:
    """Of a lab: the honest ones in a class without hostile ones."""
    known: dict[str, Graded] = {}

    def of(lab: str) -> Graded:
        if lab not in known:
            known[lab] = grade(tmp_path_factory.mktemp("alone"), lab, mixed(lab, []))
        return known[lab]

    return of


@pytest.fixture(scope="session")
def graded(request: pytest.FixtureRequest, tmp_path_factory, alone: Class) -> Class:
    """Of a lab: a class of all its hostile submissions that are asked for in this run."""
    asked = [getattr(item, "callspec", None) for item in request.session.items]
    names = {spec.params["name"] for spec in asked if spec and "name" in spec.params}
    known: dict[str, Graded] = {}

    def of(lab: str) -> Graded:
        hostile = [CORPUS[name] for name in sorted(names) if CORPUS[name].lab == lab]
        if not hostile:
            pytest.skip(f"no hostile submission for {lab} is asked for")
        if lab not in known:
            alone(lab)
            known[lab] = grade(tmp_path_factory.mktemp("class"), lab, mixed(lab, hostile))
        return known[lab]

    return of


@pytest.mark.parametrize("name", sorted(CORPUS, key=lambda name: CORPUS[name].lab))
def test_a_hostile_submission(graded: Class, alone: Class, name: str) -> None:
    hostile = CORPUS[name]
    theirs, without = graded(hostile.lab), alone(hostile.lab)
    assert came_in_time(theirs, name)
    assert [
        wrong for one in hostile.deserves if (wrong := broken(theirs, without, name, one))
    ] == []
    if hostile.group in PATIENT:
        assert [why for why in messages(theirs, name) if OUT_OF_TIME in why] == [], "nothing proved"
    assert left(theirs, name) == []
    assert [why for why in messages(theirs, name) if NOT_OURS in why] == []
    for honest in theirs.beside(name) if theirs.row(name).done else []:
        assert theirs.outcomes(honest) == without.outcomes(honest.partition("-")[0]), honest


@pytest.mark.parametrize("lab", LABS)
def test_every_honest_row_is_as_without_them(graded: Class, alone: Class, lab: str) -> None:
    theirs, without = graded(lab), alone(lab)
    for name in theirs.honest():
        assert theirs.outcomes(name) == without.outcomes(name.partition("-")[0]), name
    assert {*without.passed("right")} == {*without.outcomes("right")}
    kinds = [without.passed(name) for name in ("wrong", "racy", "right") if name in neighbours(lab)]
    assert all(less < more for less, more in pairwise(kinds))


@pytest.mark.parametrize("lab", LABS)
def test_the_grader_itself_lives(graded: Class, lab: str) -> None:
    theirs = graded(lab)
    assert theirs.deaths == [] and theirs.book.complete


@pytest.mark.parametrize("lab", LABS)
def test_nothing_is_left_of_the_whole_class(graded: Class, lab: str) -> None:
    theirs = graded(lab)
    ends = max(ended for _, ended in theirs.times.values())
    assert [trace.what for trace in theirs.traces if trace.last > ends + LINGER_S] == []


@pytest.mark.parametrize("lab", LABS)
def test_no_file_outside_has_changed(graded: Class, lab: str) -> None:
    assert graded(lab).changed == []


@pytest.mark.parametrize("lab", LABS)
def test_pages_tell_no_secret_and_run_no_script_of_theirs(graded: Class, lab: str) -> None:
    theirs = graded(lab)
    pages = [*(theirs.out / "students").glob("*.html")]
    assert len(pages) == len(theirs.students)
    for page in pages:
        text = page.read_text()
        for never in (
            SECRET,
            str(theirs.book.seed),
            "<script>alert",
            "<img src=x",
            "\x1b",
            "\u202e",
        ):
            assert never not in text, page.name


HONEST, ATTACKERS = 20, 20


def test_a_class_of_forty_with_twenty_attackers(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The honest ones' rows are the same without them, but for times and numbers of processes."""
    ours = [one for one in CORPUS.values() if one.lab == LAB]
    chosen = ours[:: len(ours) // ATTACKERS][:ATTACKERS]
    honest = [NEIGHBOURS[number % len(NEIGHBOURS)] for number in range(HONEST)]
    without = grade(tmp_path_factory.mktemp("twenty"), LAB, honest)
    pairs = zip(honest, chosen, strict=True)
    forty = grade(tmp_path_factory.mktemp("forty"), LAB, [one for pair in pairs for one in pair])
    rows = [rows_of(each) for each in (without, forty)]
    assert len(rows[1]) == HONEST and forty.deaths == [] and forty.changed == []
    assert [*rows[0]] == [*rows[1]]


def rows_of(theirs: Graded) -> list[str]:
    """The honest rows, in the order in which they were handed in, without what no two runs share."""
    found = []
    for name in theirs.honest():
        lab = dataclasses.asdict(theirs.book.lab_of(theirs.row(name), theirs.lab))
        text = json.dumps([steady(check) for check in lab["checks"]], sort_keys=True)
        found.append(OF_THIS_RUN.sub("#", TIMES.sub("#", text)))
    return found


def steady(check: dict) -> dict:
    """A check's result without its times, its log, and the schedule that was found first."""
    return {key: check[key] for key in ("id", "title", "status", "points", "max_points", "message")}


def came_in_time(theirs: Graded, name: str) -> bool:
    row = theirs.row(name)
    if row.refused:
        return True  # all of these were there before the first grading began
    began, ended = theirs.times[row.student]
    budget = HONEST_S if CORPUS[name].group in PATIENT else theirs.budget
    assert row.done == {theirs.lab}
    assert ended - began <= budget + LATE_S, f"its row took {ended - began:.1f} s"
    return True


def messages(theirs: Graded, name: str) -> list[str]:
    return [check.message for check in theirs.book.lab_of(theirs.row(name), theirs.lab).checks]


def broken(theirs: Graded, without: Graded, name: str, claim: str) -> str:
    """How one claim of what it deserves is not true; "" when it is."""
    passed, points = theirs.passed(name), theirs.points(name)
    match claim.split():
        case ["anything"]:
            return ""
        case ["as", honest]:
            undeserved = passed - without.passed(honest)
        case ["as", honest, "without", check]:
            undeserved = passed - (without.passed(honest) - {check})
        case ["fails", check]:
            assert check in theirs.outcomes(name), f"there is no check {check}"
            undeserved = passed & {check}
        case ["at", "most", most, _]:
            return f"{points} points, not {claim}" if points > float(most) else ""
        case [number, "point" | "points"]:
            return f"{points} points, not {claim}" if points != float(number) else ""
        case _:
            undeserved = passed
    return f"not {claim}: it passed {sorted(undeserved)}" if undeserved else ""


def left(theirs: Graded, name: str) -> list[str]:
    """What was still there a second after its end: by name, or because it appeared with the end."""
    row = theirs.row(name)
    if row.refused:
        return [trace.what for trace in theirs.traces if name in trace.what]
    _, ended = theirs.times[row.student]
    late = [trace for trace in theirs.traces if trace.last > ended + LINGER_S]
    return [
        trace.what
        for trace in late
        if f"hostile-{name}" in trace.what or ended - 0.5 <= trace.first <= ended + LINGER_S
        if trace.last - trace.first > LINGER_S / 2
    ]
