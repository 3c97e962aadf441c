"""Put a submission together: the student's files on top of the lab's own, in a private folder."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workerlab.errors import BadUsage, WorkerlabError
from workerlab.grading.manifest import Manifest
from workerlab.processes.child import Child
from workerlab.processes.sandbox import give

MOST_FILES, MOST_BYTES = 500, 20_000_000
# Never taken from a submission: what belongs to the lab, to pytest, or to Python's own start.
NOT_THEIRS = {
    "README.md", "WHY.md", "lab.toml", "conftest.py", "pytest.ini", "tox.ini", "setup.cfg",
    "pyproject.toml", "sitecustomize.py", "usercustomize.py", "__pycache__",
}  # fmt: skip


class SubmissionError(WorkerlabError):
    """Something is wrong with what was handed in: a row in the report, never a crash."""


def locate(lab: Manifest, submission: Path) -> Path:
    """Where this lab lies in a submission: laid out like `labs/`, or the lab's own folder or file.

    Raises BadUsage when the path does not exist at all.
    """
    if not submission.exists():
        advice = "give a folder that is laid out like labs/"
        raise BadUsage(f"there is no submission at {submission}", advice)
    if submission.is_file():
        if len(lab.edits) > 1:
            advice = f"give the folder that holds {', '.join(lab.edits)}"
            raise BadUsage(f"{lab.name} needs more than one file", advice)
        return submission
    if (submission / lab.name).is_dir():
        return submission / lab.name
    if any((submission / name).exists() for name in lab.edits):
        return submission
    advice = f"put it in {submission / lab.name}"
    raise BadUsage(f"there is no {lab.name} in {submission}", advice)


@contextmanager
def assembled(lab: Manifest, submission: Path) -> Iterator[Path]:
    """A private folder with the lab's files and the submission's, gone afterwards.

    Raises BadUsage when there is no submission, SubmissionError when a file of it is missing
    or cannot be taken.
    """
    place = locate(lab, submission)
    keeper = Child()  # its folder goes with us, however we end
    keeper.open(["true"])
    try:
        folder = keeper.folder / lab.name
        shutil.copytree(lab.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
        for name in lab.edits:
            (folder / name).unlink(missing_ok=True)
        if place.is_file():
            _must_be_small(1, place.stat().st_size)
            shutil.copyfile(place, folder / lab.edits[0])
        else:
            _take(lab, place, folder)
        for name in lab.edits:
            if not (folder / name).is_file():
                raise SubmissionError(f"{name} is missing", f"hand in a file called {name}")
        yield give(folder)
    finally:
        keeper.close()


def _take(lab: Manifest, place: Path, folder: Path) -> None:
    files = size = 0
    code = any(name.endswith(".py") for name in lab.edits)  # else nothing of theirs is to run
    for source in sorted(_files_of(place)):
        relative = source.relative_to(place)
        target = folder / relative
        if target.exists() or NOT_THEIRS & set(relative.parts) or relative.suffix == ".pth":
            continue  # the lab's own file, or one that is not needed here
        if not code and str(relative) not in lab.edits:
            continue  # beside the lab's own programs it could be taken for a library of theirs
        files, size = files + 1, size + source.stat().st_size
        _must_be_small(files, size)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(source, target)
        except OSError as error:
            raise SubmissionError(f"{relative} cannot be read: {error.strerror}") from error


def _must_be_small(files: int, size: int) -> None:
    if files > MOST_FILES or size > MOST_BYTES:
        limit = f"{MOST_FILES} files and {MOST_BYTES // 1_000_000} MB"
        raise SubmissionError("the submission is too large", f"keep it under {limit}")


def _files_of(place: Path) -> Iterator[Path]:
    """The regular files below `place`, hidden folders (.git, .venv) left out.

    Links that lead out of it are refused.
    """
    inside = place.resolve()
    for folder, folders, names in os.walk(place):
        folders[:] = [name for name in folders if name not in NOT_THEIRS and name[0] != "."]
        for name in names:
            path = Path(folder, name)
            if path.is_symlink() and not path.resolve().is_relative_to(inside):
                text = f"{path.relative_to(place)} is a link that leads out of the submission"
                raise SubmissionError(text, "hand in the file itself")
            if path.is_file():
                yield path
