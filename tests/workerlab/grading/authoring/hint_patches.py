"""What the last hint of a check says, done to a wrong answer: the patches of hints.toml.

They lie in tests/mutants/LAB/hints.toml: under the name of each wrong answer its edits (`old`, which
is once in its `file`, becomes `new`), and under `without` those that no hint can mend, with a reason.
"""

from __future__ import annotations

import keyword
import re
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import ndiff
from pathlib import Path
from typing import Any

from workerlab.grading.api import checks_of
from workerlab.grading.authoring.pairing import Answer, answers_of, mutants_of
from workerlab.grading.manifest import Manifest

WITHOUT = "without"
WORD = re.compile(r"[A-Za-z_]\w{2,}|\d{3,}")  # a name, or a number such as 503
IN_BACKTICKS = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Edit:
    """One piece of text in one file, and what it becomes."""

    file: str
    old: str
    new: str

    @property
    def words(self) -> set[str]:
        """The names and numbers of its new lines, and those that it takes away."""
        lines = ndiff(self.old.splitlines(), self.new.splitlines())
        added = "\n".join(line for line in lines if line.startswith("+ "))
        return words_of(added) | (words_of(self.old) - words_of(self.new))


@dataclass(frozen=True)
class Patched:
    """A wrong answer of a lab, and the edits that mend it."""

    lab: Manifest
    answer: Answer
    edits: tuple[Edit, ...]

    @property
    def hint(self) -> str:
        """The last hint of the check that it fails."""
        return next(
            info.hints[-1] for info in checks_of(self.lab) if info.id == self.answer.dies_by
        )

    def write(self, target: Path) -> Path:
        """Put the mended answer into a folder that is not there yet."""
        shutil.copytree(self.answer.folder, target)
        for edit in self.edits:
            file = target / edit.file
            text = file.read_text(encoding="utf-8")
            assert text.count(edit.old) == 1, f"{text.count(edit.old)} times in {file}: {edit.old}"
            file.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
        return target


def wrong_answers(lab: Manifest) -> list[Answer]:
    """The answers of a lab that must fail."""
    return [answer for answer in answers_of(lab) if answer.dies_by]


def patched_answers(lab: Manifest) -> Iterator[Patched]:
    """The wrong answers for which there is a patch."""
    listed = _listed(lab)
    for answer in wrong_answers(lab):
        if answer.name in listed:
            edits = (
                Edit(edit.get("file", lab.edits[0]), edit["old"], edit["new"])
                for edit in listed[answer.name]
            )
            yield Patched(lab, answer, tuple(edits))


def reasons(lab: Manifest) -> dict[str, str]:
    """The wrong answers that no hint can mend, and why."""
    without: dict[str, str] = _listed(lab).get(WITHOUT, {})
    return without


def named(lab: Manifest) -> set[str]:
    """Every name that stands in the lab's hints.toml."""
    listed = _listed(lab)
    return {*listed, *listed.get(WITHOUT, {})} - {WITHOUT}


def code_words(hint: str) -> set[str]:
    """The names and numbers in the code of a hint, which stands in backticks."""
    return {word for code in IN_BACKTICKS.findall(hint) for word in words_of(code)}


def words_of(code: str) -> set[str]:
    """The names in a piece of code, and its numbers of three digits or more."""
    return {word for word in WORD.findall(code) if not keyword.iskeyword(word)}


def _listed(lab: Manifest) -> dict[str, Any]:
    file = mutants_of(lab) / "hints.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
