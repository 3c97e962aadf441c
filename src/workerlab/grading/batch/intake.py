"""The submissions of a class: a folder with one folder, .zip or .py file a student.

Nothing of it is run or loaded here. A refusal is one line, which becomes the student's row: see
`contents`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from workerlab.draw.words import clean
from workerlab.errors import BadUsage
from workerlab.grading.batch.contents import Refused, files_of, ignored, must_be_small, pieces


@dataclass(frozen=True)
class Submission:
    """The submission of one student.

    student   the name of the folder or file, without `.zip` or `.py`
    digest    SHA-256 over the paths and the contents; "" when refused
    refused   why it is not graded, or ""
    names     every folder name in it: which labs it holds
    """

    student: str
    source: Path
    digest: str = ""
    refused: str = ""
    names: frozenset[str] = frozenset()


def submissions(folder: Path) -> list[Submission]:
    """Look at everything that was handed in, in the order of the names.

    Raises BadUsage when there is no such folder, or nothing in it.
    """
    try:
        places = sorted(place for place in folder.iterdir() if not ignored(place.name))
    except OSError as error:
        advice = "name a folder that holds one folder or .zip a student"
        raise BadUsage(f"cannot read {folder}: {error.strerror}", advice) from error
    if not places:
        advice = "put one folder or .zip a student into it"
        raise BadUsage(f"{folder} has no submissions", advice)
    by_student: dict[str, list[Path]] = {}
    for place in places:
        by_student.setdefault(_student(place), []).append(place)
    return [_look_at(student, places) for student, places in by_student.items()]


def _student(place: Path) -> str:
    known = place.suffix.lower() in (".zip", ".py") and place.stem and not place.is_dir()
    return place.stem if known else place.name


def _look_at(student: str, places: list[Path]) -> Submission:
    source = places[0]
    try:
        if len(places) > 1:
            both = " and ".join(clean(place.name) for place in places)
            raise Refused(f"handed in more than once: {both}; keep one")
        digest, names = _digest(source)
    except Refused as error:
        return Submission(student, source, refused=str(error))
    except (OSError, RecursionError) as error:  # one of them must not stop a whole class
        return Submission(student, source, refused=f"it cannot be read: {error}"[:200])
    return Submission(student, source, digest, names=names)


def _digest(source: Path) -> tuple[str, frozenset[str]]:
    """SHA-256 over the paths and contents, and the names of the folders."""
    whole, size = hashlib.sha256(), 0
    names: set[str] = set()
    with files_of(source) as files:
        for path in sorted(files):
            names.update(path.parts[:-1])
            one = hashlib.sha256()
            for piece in pieces(path, files[path]):
                size += len(piece)
                must_be_small(len(files), size)
                one.update(piece)
            whole.update(os.fsencode(str(path)) + b"\0" + one.digest())
    return whole.hexdigest(), frozenset(names)


def unpack(source: Path, folder: Path) -> None:
    """Write a submission's files into an empty folder. Raises Refused."""
    size = 0
    with files_of(source) as files:
        for path, opener in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "xb") as file:
                for piece in pieces(path, opener):
                    size += len(piece)
                    must_be_small(len(files), size)
                    file.write(piece)


def unwrapped(folder: Path, labs: set[str]) -> Path:
    """The folder that is laid out like `labs/`, or holds a lab's own files: without wrapping."""
    while True:
        seen = [path for path in folder.iterdir() if not ignored(path.name)]
        if (folder / "labs").is_dir() and not labs & {path.name for path in seen}:
            folder = folder / "labs"
        elif len(seen) == 1 and seen[0].is_dir() and seen[0].name not in labs:
            folder = seen[0]
        else:
            return folder


def copied(source: Path, folder: Path, name: str = "app.py") -> Path:
    """A submission as a folder: itself, or its zip, unpacked into `folder`.

    name   the name there of a submission that is one Python file
    """
    if source.is_dir():
        return source
    folder.mkdir()
    if source.suffix.lower() == ".py":
        shutil.copyfile(source, folder / name)
    else:
        unpack(source, folder)
    return folder
