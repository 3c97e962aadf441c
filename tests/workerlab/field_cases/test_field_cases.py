"""Every case of the table, asked on the command line as a reader would ask it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from field_table import NOTHING_HAPPENS, PROPOSED, QUESTIONS, WITH

from workerlab.cli import main

CASES = Path(__file__).parent / "cases"
FILES = sorted(f"{file.parent.name}/{file.stem}" for file in CASES.glob("*/*.py"))
SOURCE = re.compile(r"Cut from https://github\.com/\S+/(?:issues|pull)/\d+\s\((20\d\d-\d\d-\d\d)\)")
BY_DAY = ("oauth_state/",)  # a race
FURTHER = ("import_lock/", "coupon/", "etag/", "sync_now/")  # one of each other kind
FAILED, PASSED, INCONCLUSIVE = 1, 0, 3


def asked(app: Path, question: str) -> int:
    return main(["explore", str(app), "--model", "serial", *shlex.split(question)])


def when(case: str) -> list[pytest.MarkDecorator]:
    if case.startswith(BY_DAY):
        return []
    return [pytest.mark.further if case.startswith(FURTHER) else pytest.mark.nightly]


@pytest.mark.parametrize("case", [pytest.param(case, marks=when(case)) for case in FILES])
def test_a_case_is_judged_right(case, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status = asked(CASES / f"{case}.py", QUESTIONS[case.partition("/")[0]])
    said = capsys.readouterr()
    expected = FAILED if "/wrong" in case else PASSED
    assert status == expected, said.out + said.err


@pytest.mark.nightly
@pytest.mark.parametrize("case", [case for case in FILES if case.partition("/")[0] in PROPOSED])
def test_a_case_of_which_nothing_is_asked_is_judged_right(case, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = case.partition("/")[0]
    needs = WITH.get(name, "--with redis" if case == "global_count/right" else "")
    status = main(["explore", str(CASES / f"{case}.py"), *needs.split()])
    said = capsys.readouterr()
    assert status == (FAILED if "/wrong" in case else PASSED), said.out + said.err
    assert PROPOSED[name] in " ".join((said.out + said.err).split())


@pytest.mark.nightly
@pytest.mark.parametrize("case", NOTHING_HAPPENS)
def test_a_question_to_which_nothing_happens_decides_nothing(case, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    question, reason = NOTHING_HAPPENS[case]
    for file in sorted((CASES / case).glob("*.py")):
        status = asked(file, question)
        said = " ".join(capsys.readouterr().out.split())
        assert status == INCONCLUSIVE, said
        assert reason in said


def test_every_case_is_whole():
    assert sorted({file.partition("/")[0] for file in FILES}) == sorted(QUESTIONS)
    assert len(QUESTIONS) >= 24
    for name in QUESTIONS:
        assert {f"{name}/wrong", f"{name}/right"} <= {*FILES}


def test_every_case_is_small_and_names_its_source():
    for case in FILES:
        text = (CASES / f"{case}.py").read_text()
        assert len(text.splitlines()) <= 60, case
        assert SOURCE.search(text.partition('"""\n\n')[0]), case
