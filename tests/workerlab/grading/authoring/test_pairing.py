"""What verify-labs says of trees that do not fit, and of runs that are not what they must be."""

from __future__ import annotations

from pathlib import Path

import pytest

from workerlab.grading.authoring.pairing import answers_of, problems
from workerlab.grading.authoring.runs import Job, Run, jobs_for, judged
from workerlab.grading.authoring.verify import Proof
from workerlab.grading.manifest import find
from workerlab.grading.result import CheckResult, LabResult

LAB = "lab50_small"


@pytest.fixture
def mutants(repository: Path) -> Path:
    """Ten mutants and three right answers, all listed."""
    folder = repository / "tests" / "mutants" / LAB
    listed = ""
    for number in range(13):
        name = f"answer_{number}"
        (folder / name).mkdir()
        kind = 'dies_by = "no_lost_update"\nfault' if number < 10 else "right"
        listed += f'[{name}]\n{kind} = "because"\n'
    (folder / "mutants.toml").write_text(listed)
    return folder


def test_trees_that_fit(repository: Path, mutants: Path) -> None:
    assert problems(find(LAB)) == []
    assert [answer.dies_by for answer in answers_of(find(LAB))] == ["no_lost_update"] * 10 + [
        ""
    ] * 3


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (f"labs/{LAB}/README.md", f"labs/{LAB}/README.md is missing"),
        (f"labs/{LAB}/app.py", f"labs/{LAB}/app.py is missing"),
        (f"solutions/{LAB}/WHY.md", f"solutions/{LAB}/WHY.md is missing"),
        (f"solutions/{LAB}/app.py", f"solutions/{LAB}/app.py is missing"),
        (f"tests/labs/test_{LAB}.py", f"{LAB} has no checks"),
        (f"tests/mutants/{LAB}/mutants.toml", "mutants.toml cannot be read"),
    ],
)
def test_a_file_that_is_missing(repository: Path, mutants: Path, missing: str, told: str) -> None:
    (repository / missing).unlink()
    assert any(told in problem for problem in problems(find(LAB)))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('hints=("one?", "two", "three")', 'hints=("one?", "two")', "starts has 2 hints, not 3"),
        ('hints=("one?", "two", "three")', 'hints=("one?", "", "three")', "starts has 3 hints"),
        ("points=1", "points=1.5", "the checks have 3.5 points together, lab.toml says 3"),
        ('"starts"', '"no_lost_update"', "two checks are called no_lost_update"),
        (", quick=True", "", "no check is quick"),
        ('title="It starts"', 'title=" "', "starts has no title"),
    ],
)
def test_checks_that_are_not_whole(repository, mutants, old: str, new: str, told: str) -> None:
    file = repository / "tests" / "labs" / f"test_{LAB}.py"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    assert any(told in problem for problem in problems(find(LAB)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[another]\nright = "x"\n', "another is not there"),
        ('[answer_0]\nfault = "x"\n', "answer_0 needs one of dies_by and right"),
        ('[answer_0]\ndies_by = "starts"\nright = "x"\n', "answer_0 needs one of"),
        ('[answer_0]\ndies_by = "nothing"\n', "dies by 'nothing', which is no check"),
        ('[answer_0]\ndies_by = "starts"\n', "1 mutants; there must be 10"),
        ('[answer_0]\ndies_by = "starts"\n', "0 odd-but-right answers; there must be 3"),
        ('[answer_0]\ndies_by = "starts"\n', "answer_1 is not in mutants.toml"),
        ('[answer_0]\ndies_by = "starts"\nsays = "lost"\n', "two words of a failure are needed"),
        ('[answer_0]\nright = "x"\nsays = "was lost"\n', "two words of a failure are needed"),
        ("answer_0 = 3\n", "answer_0 needs one of"),
        ("[", "cannot be read"),
    ],
)
def test_a_list_of_mutants_that_does_not_fit(repository, mutants, text: str, told: str) -> None:
    (mutants / "mutants.toml").write_text(text)
    assert any(told in problem for problem in problems(find(LAB))), problems(find(LAB))


def test_a_notebook_that_is_not_there(repository: Path, mutants: Path) -> None:
    file = repository / "labs" / LAB / "lab.toml"
    file.write_text(file.read_text() + 'notebook = "08-nothing.ipynb"\n')
    assert any("08-nothing.ipynb" in problem for problem in problems(find(LAB)))


def test_what_the_check_must_say_is_part_of_the_run(repository: Path, mutants: Path) -> None:
    file = mutants / "mutants.toml"
    text = file.read_text()
    file.write_text(text.replace('fault = "because"', 'says = "was lost"\nfault = "because"', 1))
    assert problems(find(LAB)) == []
    assert [job.says for job in jobs_for(find(LAB)) if job.kind == "mutant"][:2] == ["was lost", ""]


def test_a_mutant_meets_the_check_that_must_kill_it(repository: Path, mutants: Path) -> None:
    jobs = jobs_for(find(LAB))
    assert [job.kind for job in jobs] == ["starter", "solution", *["mutant"] * 10, *["right"] * 3]
    assert {job.only for job in jobs if job.kind == "mutant"} == {("starts", "no_lost_update")}
    assert {job.only for job in jobs if job.kind != "mutant"} == {()}
    assert {job.only for job in jobs_for(find(LAB), full=True)} == {()}
    core = jobs_for(find(LAB), core=True)
    assert [job.kind for job in core] == ["starter", "solution", "mutant"]
    assert core[-1].only == ("no_lost_update",)


P, F, U, N = "passed", "failed", "inconclusive", "not_gradable"


@pytest.mark.parametrize(
    ("kind", "dies_by", "starts", "check", "holds"),
    [
        ("starter", "", P, F, True),
        ("starter", "", P, P, False),
        ("starter", "", F, F, False),
        ("starter", "", P, U, False),
        ("solution", "", P, P, True),
        ("solution", "", P, U, False),
        ("solution", "", P, F, False),
        ("right", "", P, P, True),
        ("right", "", N, P, False),
        ("mutant", "no_lost_update", P, F, True),
        ("mutant", "no_lost_update", P, P, False),
        ("mutant", "no_lost_update", P, U, False),
        ("mutant", "no_lost_update", P, N, False),
        ("mutant", "no_lost_update", F, F, False),
        ("mutant", "starts", F, F, True),
        ("mutant", "starts", P, F, False),
    ],
)
def test_what_holds(kind: str, dies_by: str, starts: str, check: str, holds: bool) -> None:
    checks = [
        CheckResult(id_, "t", status, 0.0, 1.0)
        for id_, status in (("starts", starts), ("no_lost_update", check))
    ]
    job = Job(LAB, kind, "name", Path(), dies_by)
    assert judged(job, LabResult(LAB, checks, 2.0))[0] is holds


def test_nothing_that_ran_holds_nothing() -> None:
    assert judged(Job(LAB, "solution", "n", Path()), LabResult(LAB)) == (
        False,
        "all 0 checks passed",
    )
    run = Run(LAB, "solution", "n", "passes", "passed", True, 1.0)
    assert Proof({LAB: []}, [run], planned=1).holds
    assert not Proof({LAB: []}, [run], planned=2).holds, "an interrupted proof is none"
    assert not Proof({LAB: ["a problem"]}, [run], planned=1).holds
