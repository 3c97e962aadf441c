"""All files of one submission in memory, archives in it opened too, within its limits."""

from __future__ import annotations

import io
import stat
from pathlib import Path, PurePosixPath

from workerlab.draw.words import clean
from workerlab.grading.batch.archives import (
    Files,
    Refused,
    archive_suffix,
    in_archive,
    must_be_a_name,
    must_be_small,
)
from workerlab.grading.batch.contents import in_folder, kind_of, opener_of, pieces

DEEPEST = 3  # archives in one another
MOST_ARCHIVES = 20  # in one submission: each may cost as much as a whole submission may be large
UNKNOWN_ARCHIVES = (".rar", ".7z", ".gz", ".xz", ".bz2", ".zst", ".cab", ".iso")


class Reading:
    """The files of a submission, as they are added.

    files     their contents, by path; an opened archive is a folder with its name
    unopened  for each archive in it that was not opened: why
    """

    def __init__(self) -> None:
        self.files: dict[PurePosixPath, bytes] = {}
        self.unopened: dict[PurePosixPath, str] = {}
        self._archives = 0

    def add(self, place: Path, at: PurePosixPath) -> None:
        """Read a folder, an archive or a file, as if it lay `at` there.

        Raises Refused when a path leads out, something is no ordinary file, or all is too large.
        """
        if ".." in at.parts:
            raise Refused(f"{clean(at)} leads out of the submission")
        if stat.S_ISDIR(kind_of(place)):
            added = self._read(in_folder(place), at)
        else:
            must_be_a_name(at)
            must_be_small(1, place.stat().st_size)
            if archive_suffix(place.name):
                with opener_of(place)() as file:
                    added = self._read(in_archive(place.name, file), at)
            else:
                added = self._read({PurePosixPath(): opener_of(place)}, at)
        both = self.files.keys() & added.keys()
        if different := [path for path in both if self.files[path] != added[path]]:
            raise Refused(f"{clean(min(different))} was handed in twice; which one is meant?")
        self.files |= added
        for path in added:
            self._open(path, DEEPEST)

    def _read(self, files: Files, at: PurePosixPath) -> dict[PurePosixPath, bytes]:
        number, size = len(self.files), sum(map(len, self.files.values()))
        read: dict[PurePosixPath, bytes] = {}
        for path in sorted(files):
            parts = []
            for piece in pieces(path, files[path]):
                size += len(piece)
                must_be_small(number + len(read), size)
                parts.append(piece)
            read[at / path] = b"".join(parts)
        must_be_small(number + len(read), size)
        return read

    def _open(self, path: PurePosixPath, deeper: int) -> None:
        """Put the files of an archive in its place; leave one that cannot be opened."""
        if path.suffix.lower() in UNKNOWN_ARCHIVES and not archive_suffix(path.name):
            self.unopened[path] = f"a {path.suffix} is not opened here; ask for a .zip"
        if not archive_suffix(path.name):
            return
        self._archives += 1
        try:
            if not deeper:
                raise Refused("it lies in too many other archives")
            if self._archives > MOST_ARCHIVES:
                raise Refused("there are too many archives")
            file = io.BytesIO(self.files[path])
            inside = self._read(in_archive(path.name, file), path)
        except Refused as error:
            self.unopened[path] = str(error)
            return
        del self.files[path]
        self.files |= inside
        for inner in inside:
            self._open(inner, deeper - 1)
