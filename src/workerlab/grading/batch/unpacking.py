"""A submission as a folder of files: for a grading process that is given a folder, a zip or a file."""

from __future__ import annotations

import shutil
from pathlib import Path

from workerlab.grading.batch.archives import ignored, must_be_small
from workerlab.grading.batch.contents import files_of, pieces


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
