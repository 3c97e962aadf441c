"""CONTRIBUTING.md, "A lab of your own", followed to the letter on a copy of the repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from copies import copy_of_the_repository

from workerlab.grading.manifest import root

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"(into|at the end of) `([^`]+)`[^`]*$")


@dataclass
class Instruction:
    """A block of the guide: a command to run, or a text and the file that it goes to."""

    text: str
    file: str = ""
    at_the_end: bool = False


def instructions() -> Iterator[Instruction]:
    guide = (root() / "CONTRIBUTING.md").read_text(encoding="utf-8")
    guide = guide.partition("## A lab of your own\n")[2].partition("\n## ")[0]
    before = 0
    for block in BLOCK.finditer(guide):
        if block[1] == "sh":
            yield Instruction(block[2])
        else:
            where = PLACE.search(guide[before : block.start()].strip().rstrip(":."))
            assert where, f"the guide does not say where this goes: {block[2][:60]}"
            yield Instruction(block[2], where[2], where[1] == "at the end of")
        before = block.end()


@pytest.mark.nightly
def test_the_guide_is_followed_to_the_letter(tmp_path: Path) -> None:
    home = copy_of_the_repository(tmp_path / "repository")
    told = [follow(instruction, home) for instruction in instructions()]
    proofs = [output for output in told if "mutants die by their check" in output]
    assert ["everything holds" in output for output in proofs] == [True, True]
    assert "3 of 3 mutants" in proofs[0] and "4 of 4 mutants" in proofs[1]
    assert "lab20_votes: 10 of 10 points" in proofs[1]
    handed_out = home / "build" / "for-students"
    assert (handed_out / "labs" / "lab20_votes" / "app.py").is_file()
    assert not (handed_out / "solutions").exists()
    assert not (handed_out / "tests" / "mutants").exists()


def follow(instruction: Instruction, home: Path) -> str:
    """Do what is said; the output of a command."""
    if instruction.file:
        file = home / instruction.file
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a" if instruction.at_the_end else "x", encoding="utf-8") as opened:
            opened.write(instruction.text)
        return ""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "WORKERLAB_HOME": str(home)}
    done = subprocess.run(
        ["sh", "-e", "-c", instruction.text],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{instruction.text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_a_block_without_a_place_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Path, "read_text", lambda *_, **__: "## A lab of your own\n\nSay:\n\n```python\npass\n```\n"
    )
    with pytest.raises(AssertionError, match="does not say where"):
        [*instructions()]
