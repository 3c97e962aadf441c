"""A new lab is written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.grading.authoring import scaffold
from workerlab.grading.authoring.pairing import problems

FOLDERS = ("labs", "solutions", "tests/labs", "tests/mutants")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in FOLDERS:
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setenv("WORKERLAB_HOME", str(tmp_path))
    return tmp_path


def files(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}


def test_it_is_whole_and_its_trees_fit_together(home: Path) -> None:
    lab, written = scaffold.make("lab20_votes")
    assert lab.name == "lab20_votes" and problems(lab) == []
    assert files(home) == {str(path.relative_to(home)) for path in written}
    texts = "".join(path.read_text() for path in written)
    assert "lab00" not in texts and "ab 00" not in texts and "Lab 20" in texts


@pytest.mark.parametrize("name", ["votes", "lab2_votes", "lab20", "lab20_Votes", "../lab20_x", ""])
def test_a_name_that_is_none(home: Path, name: str) -> None:
    with pytest.raises(BadUsage, match="is no name for a lab"):
        scaffold.make(name)
    assert files(home) == set()


def test_a_number_or_a_place_that_is_taken(home: Path) -> None:
    scaffold.make("lab20_votes")
    before = files(home)
    with pytest.raises(BadUsage, match="there is lab20_votes already"):
        scaffold.make("lab20_other")
    (home / "solutions" / "lab21_polls").mkdir()
    with pytest.raises(BadUsage, match="solutions/lab21_polls is there already"):
        scaffold.make("lab21_polls")
    assert files(home) == before


def test_all_or_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename, moved = Path.rename, []

    def third_fails(self: Path, target: Path) -> Path:
        moved.append(target)
        if len(moved) == 3:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", third_fails)
    with pytest.raises(BadUsage, match="No space left"):
        scaffold.make("lab20_votes")
    assert files(home) == set()
    assert not [*home.glob(".new-lab-*")]
