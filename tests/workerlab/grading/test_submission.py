"""A submission is put together apart: what is taken from it, and what never is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.grading.manifest import Manifest, find
from workerlab.grading.submission import MOST_BYTES, MOST_FILES, SubmissionError, assembled, locate

LAB = "lab50_small"


@pytest.fixture
def lab(repository: Path) -> Manifest:
    return find(LAB)


@pytest.fixture
def handed(tmp_path: Path) -> Path:
    """A submission laid out like labs/."""
    folder = tmp_path / "handed" / LAB
    folder.mkdir(parents=True)
    (folder / "app.py").write_text("app = 'theirs'\n")
    return folder


def test_their_files_lie_on_top_of_the_labs_own(lab: Manifest, handed: Path) -> None:
    (handed / "helper.py").write_text("more = True\n")
    (handed / "inner").mkdir()
    (handed / "inner" / "deep.py").write_text("")
    with assembled(lab, handed.parent) as folder:
        assert folder.name == LAB
        assert "theirs" in (folder / "app.py").read_text()
        assert "by the lab" in (folder / "given.py").read_text()
        assert (folder / "helper.py").is_file()
        assert (folder / "inner" / "deep.py").is_file()
        kept = folder
    assert not kept.exists(), "gone afterwards"
    assert "starter" in (lab.folder / "app.py").read_text(), "the lab itself is as it was"


def test_a_file_that_they_were_not_asked_to_edit_stays_the_labs(lab, handed) -> None:
    (handed / "given.py").write_text("given = 'by them'\n")
    with assembled(lab, handed.parent) as folder:
        assert "by the lab" in (folder / "given.py").read_text()


@pytest.mark.parametrize(
    "name",
    [
        "conftest.py", "pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml", "sitecustomize.py",
        "usercustomize.py", "evil.pth", "WHY.md", "__pycache__/app.cpython-311.pyc",
        "inner/conftest.py", ".git/config",
    ],
)  # fmt: skip
def test_what_would_reach_python_or_pytest_is_never_taken(lab, handed, name) -> None:
    (handed / name).parent.mkdir(parents=True, exist_ok=True)
    (handed / name).write_text("raise SystemExit('taken')\n")
    with assembled(lab, handed.parent) as folder:
        assert not (folder / name).exists()


def test_the_folder_of_the_lab_or_the_file_alone_will_do(lab: Manifest, handed: Path) -> None:
    for place in (handed.parent, handed, handed / "app.py"):
        with assembled(lab, place) as folder:
            assert "theirs" in (folder / "app.py").read_text()


def test_a_file_that_is_missing(lab: Manifest, handed: Path) -> None:
    (handed / "app.py").unlink()
    (handed / "main.py").write_text("app = 1\n")
    with (
        pytest.raises(SubmissionError, match=r"app\.py is missing") as refused,
        assembled(lab, handed.parent),
    ):
        pass
    assert refused.value.advice == "hand in a file called app.py"


def test_a_folder_in_place_of_the_file(lab: Manifest, handed: Path) -> None:
    (handed / "app.py").unlink()
    (handed / "app.py").mkdir()
    with pytest.raises(SubmissionError, match="missing"), assembled(lab, handed.parent):
        pass


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside.py"])
def test_a_link_that_leads_out_is_refused(lab, handed, target) -> None:
    (handed.parent.parent / "outside.py").write_text("secret = 1\n")
    (handed / "link.py").symlink_to(target)
    with (
        pytest.raises(SubmissionError, match="leads out of the submission"),
        assembled(lab, handed.parent),
    ):
        pass


def test_a_linked_folder_is_not_followed(lab: Manifest, handed: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("")
    (handed / "inner").symlink_to(outside)
    with assembled(lab, handed.parent) as folder:
        assert not (folder / "inner" / "secret.py").exists()


def test_a_link_within_the_submission_is_a_copy(lab: Manifest, handed: Path) -> None:
    (handed / "real.py").write_text("x = 1\n")
    (handed / "link.py").symlink_to("real.py")
    with assembled(lab, handed.parent) as folder:
        assert (folder / "link.py").read_text() == "x = 1\n"
        assert not (folder / "link.py").is_symlink()


def test_too_many_bytes(lab: Manifest, handed: Path) -> None:
    with open(handed / "large.bin", "wb") as file:
        file.truncate(MOST_BYTES + 1)  # which takes no room on the disk
    with pytest.raises(SubmissionError, match="too large"), assembled(lab, handed.parent):
        pass


def test_too_many_files(lab: Manifest, handed: Path) -> None:
    for number in range(MOST_FILES + 1):
        (handed / f"f{number}.py").touch()
    with pytest.raises(SubmissionError, match="too large"), assembled(lab, handed.parent):
        pass


def test_one_large_file_as_the_whole_submission(lab: Manifest, handed: Path) -> None:
    with open(handed / "app.py", "wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(SubmissionError, match="too large"), assembled(lab, handed / "app.py"):
        pass


def test_a_link_as_the_whole_submission(lab: Manifest, handed: Path, tmp_path: Path) -> None:
    """The grader named the place; its target is graded."""
    link = tmp_path / "link.py"
    link.symlink_to(handed / "app.py")
    with assembled(lab, link) as folder:
        assert "theirs" in (folder / "app.py").read_text()


@pytest.mark.parametrize("place", ["nowhere", "repository/tests"])
def test_a_place_without_a_submission(lab: Manifest, tmp_path: Path, place: str) -> None:
    with pytest.raises(BadUsage) as refused:
        locate(lab, tmp_path / place)
    assert refused.value.advice


def test_where_they_write_no_code_nothing_of_theirs_is_run(lab: Manifest, handed: Path) -> None:
    """Lab 03: beside the lab's own programs, a `fastapi.py` of theirs would be imported."""
    lab = replace(lab, edits=("schedules.toml",))
    (handed / "schedules.toml").write_text("[plain]\n")
    (handed / "fastapi.py").write_text("FastAPI = print\n")
    with assembled(lab, handed.parent) as folder:
        assert (folder / "schedules.toml").is_file()
        assert not (folder / "fastapi.py").exists()
        assert "starter" in (folder / "app.py").read_text()
