"""A run that held is kept until something changes on which it rests."""

from __future__ import annotations

from pathlib import Path

import pytest
from further import mostly_further

from workerlab.grading.authoring import proofs
from workerlab.grading.authoring.proofs import Kept, Proofs, behind, key_of
from workerlab.grading.manifest import find

LAB = "lab50_small"


@pytest.fixture
def key(repository: Path):
    def now(*asked: str) -> str:
        proofs.harness.cache_clear()
        return key_of(find(LAB), repository / "solutions" / LAB, asked)

    yield now
    proofs.harness.cache_clear()


def test_the_same_has_the_same_key(key, repository: Path) -> None:
    before = key("solution")
    (repository / "solutions" / LAB / "__pycache__").mkdir()
    (repository / "solutions" / LAB / "__pycache__" / "app.pyc").write_bytes(b"made anew")
    assert key("solution") == before != key("mutant", "no_lost_update")


@pytest.mark.parametrize(
    "touched",
    mostly_further(
        [
            f"solutions/{LAB}/app.py",
            f"solutions/{LAB}/another.py",
            f"labs/{LAB}/given.py",
            f"labs/{LAB}/lab.toml",
            f"tests/labs/test_{LAB}.py",
        ],
        f"tests/labs/test_{LAB}.py".__eq__,
    ),
)
def test_what_it_rests_on_changes_the_key(key, repository: Path, touched: str) -> None:
    before = key("solution")
    with (repository / touched).open("a") as file:
        file.write("# changed\n")
    assert key("solution") != before


def test_another_lab_does_not(key, repository: Path) -> None:
    before = key("solution")
    (repository / "tests/labs/test_lab51_other.py").write_text("from workerlab.cli import main\n")
    assert key("solution") == before


def test_the_modules_behind_a_lab_are_those_that_its_checks_can_reach(tmp_path: Path) -> None:
    checks = tmp_path / "test_lab.py"
    checks.write_text("from workerlab.contracts.bookings import clerks\n")
    names = {file.relative_to(proofs.PACKAGE).as_posix() for file in behind(checks)}
    assert {"contracts/bookings.py", "contracts/counter.py", "grading/fixtures.py"} <= names
    assert {"grading/behind/bursts.py", "servers/boot.py"} <= names
    reached = {name.partition("/")[0] for name in names}
    assert not {"cli", "notebook", "doctor"} & reached
    assert not any(name.startswith("contracts/prices") for name in names)


def test_half_a_line_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "below" / "proofs.jsonl"
    Proofs(file).put("a", Kept("all 2 checks passed", 7.5))
    with file.open("a") as opened:
        opened.write('{"key": "b", "fou')
    again = Proofs(file)
    assert again.get("a") == Kept("all 2 checks passed", 7.5)
    assert again.get("b") is None


def test_a_place_that_cannot_be_written_keeps_it_for_now(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way, even for root")
    known = Proofs(tmp_path / "file" / "proofs.jsonl")
    known.put("a", Kept("all 2 checks passed", 7.5))
    assert known.get("a") is not None
