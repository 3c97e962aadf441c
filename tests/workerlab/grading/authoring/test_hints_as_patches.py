"""A last hint, done as it says, mends each wrong answer of its check.

A hint that leads nowhere is worse than none. So tests/mutants/LAB/hints.toml has a patch for every
wrong answer, which does what the last hint of its check says, and the answer must pass the check
then. `further` runs one patch of each lab, `nightly` the others.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hint_patches import (
    Patched,
    code_words,
    named,
    patched_answers,
    reasons,
    wrong_answers,
)

from workerlab.grading.check_lab import check
from workerlab.grading.manifest import Manifest, all_labs
from workerlab.grading.result import PASSED

MOST_WITHOUT = 0.05  # of all wrong answers
LONGEST = 520  # characters of a last hint
PATCHED = [patched for lab in all_labs() for patched in patched_answers(lab)]
FIRST = {patched.lab.name: patched for patched in reversed(PATCHED)}.values()


def cases() -> list[object]:
    return [
        pytest.param(
            patched,
            id=f"{patched.lab.name}-{patched.answer.name}",
            marks=pytest.mark.further if patched in FIRST else pytest.mark.nightly,
        )
        for patched in PATCHED
    ]


@pytest.mark.parametrize("lab", all_labs(), ids=lambda lab: lab.name)
def test_every_wrong_answer_has_a_patch_or_a_reason(lab: Manifest) -> None:
    assert named(lab) == {answer.name for answer in wrong_answers(lab)}
    assert not {patched.answer.name for patched in patched_answers(lab)} & {*reasons(lab)}


def test_few_have_no_patch() -> None:
    without = [name for lab in all_labs() for name in reasons(lab)]
    total = sum(len(wrong_answers(lab)) for lab in all_labs())
    assert len(without) <= MOST_WITHOUT * total, without


@pytest.mark.parametrize("patched", PATCHED, ids=lambda it: f"{it.lab.name}-{it.answer.name}")
def test_the_patch_does_what_the_hint_says(patched: Patched, tmp_path: Path) -> None:
    patched.write(tmp_path / "mended")
    said = code_words(patched.hint)
    done = {word for edit in patched.edits for word in edit.words}
    assert said & done, f"the code of the hint is not in the patch: {patched.hint}"
    assert len(patched.hint) <= LONGEST, f"{len(patched.hint)} characters: {patched.hint}"


@pytest.mark.parametrize("patched", cases())
def test_the_patched_answer_passes(patched: Patched, tmp_path: Path) -> None:
    check_id = patched.answer.dies_by
    mended = patched.write(tmp_path / "mended")
    report = check(
        patched.lab.name, submission=mended, only=(check_id,), remember=False, trusted=True
    )
    found = {result.id: result for result in report.labs[0].checks}[check_id]
    told = f"{found.message}\n{found.instructor_message}"
    assert found.status == PASSED, f"the hint: {patched.hint}\n\nthe report: {told}"


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        ("Use `BEGIN IMMEDIATE` around both.", {"BEGIN", "IMMEDIATE"}),
        ('`raise HTTPException(503, "x")` and `if n:`', {"HTTPException", "503"}),
        ("no code", set()),
    ],
)
def test_the_words_of_a_hint(hint: str, words: set[str]) -> None:
    assert code_words(hint) == words
