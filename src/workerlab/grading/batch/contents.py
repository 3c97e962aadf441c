"""The files of one submission, by their paths inside: from a folder, a .zip or a .py file.

A zip is read with its real bytes counted; links that lead out and files that
are not ordinary are refused. Nothing of it is run or loaded.
"""

from __future__ import annotations

import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import IO

from workerlab.draw.words import clean
from workerlab.errors import WorkerlabError
from workerlab.grading.submission import MOST_BYTES, MOST_FILES

NOBODYS = {"__MACOSX", "__pycache__"}  # beside all that is hidden
LONGEST_NAME, LONGEST_PATH = 200, 1_000  # bytes: what any file system takes
PIECE = 1 << 16
LOCKED = 0x1  # the bit of a zip's member that is encrypted
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError),
)

Opener = Callable[[], AbstractContextManager[IO[bytes]]]


class Refused(WorkerlabError):
    """Why a submission is not graded: one line, for its row."""


class files_of:
    """`with files_of(source) as files`: how to open each ordinary file, by its path inside.

    Raises Refused, also while a file is read.
    """

    def __init__(self, source: Path) -> None:
        self.source = source
        self.zip: zipfile.ZipFile | None = None

    def __enter__(self) -> dict[PurePosixPath, Opener]:
        try:
            kind = self.source.lstat().st_mode
        except OSError as error:
            raise Refused(f"it cannot be read: {error.strerror}") from error
        if stat.S_ISDIR(kind):
            return _in_folder(self.source)
        if not stat.S_ISREG(kind):
            raise Refused("it is a link or a special file; hand in a folder or a .zip")
        match self.source.suffix.lower():
            case ".zip":
                return self._in_zip()
            case ".py":
                return {PurePosixPath("app.py"): _opener(self.source)}
        raise Refused("it is no folder, no .zip and no .py file")

    def __exit__(self, *_: object) -> None:
        if self.zip:
            self.zip.close()

    def _in_zip(self) -> dict[PurePosixPath, Opener]:
        try:
            must_be_small(1, self.source.stat().st_size)
            self.zip = zipfile.ZipFile(self.source)
        except _BROKEN as error:
            raise Refused("it is no .zip that can be read") from error
        files: dict[PurePosixPath, Opener] = {}
        folders: set[PurePosixPath] = set()
        for member in self.zip.infolist():
            path = _path_of(member)
            if any(map(ignored, path.parts)):
                continue
            if member.is_dir():
                folders.add(path)
                continue
            if path in files:
                raise Refused(f"{clean(path)} is twice in the .zip")
            _must_be_plain(member, path)
            files[path] = _member(self.zip, member)
            folders.update(path.parents)
            must_be_small(len(files), 0)
        if both := folders & files.keys():
            raise Refused(f"{clean(min(both))} is both a file and a folder in the .zip")
        return files


def _path_of(member: zipfile.ZipInfo) -> PurePosixPath:
    """Where a member lies; Refused when that is not inside the submission."""
    name = member.orig_filename
    path = PurePosixPath(name)
    shown = clean(name, 80)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise Refused(f"{shown} in the .zip leads out of it")
    _must_be_a_name(path)
    if "\\" in name or ":" in path.parts[0]:
        raise Refused(f"{shown} in the .zip is a path of Windows; make the .zip with / in it")
    return path


def _must_be_a_name(path: PurePosixPath) -> None:
    shown = clean(path, 80)
    odd = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # line ends, signs that turn the writing, broken ones
    if any(unicodedata.category(sign) in odd for sign in str(path)):
        raise Refused(f"the file name {shown} has signs in it that cannot be seen")
    longest = max(len(os.fsencode(part)) for part in path.parts)
    if longest > LONGEST_NAME or len(os.fsencode(str(path))) > LONGEST_PATH:
        raise Refused(f"the file name {shown} … is too long")


def _must_be_plain(member: zipfile.ZipInfo, path: PurePosixPath) -> None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise Refused(f"{clean(path)} in the .zip is a link or a special file")
    if member.flag_bits & LOCKED:
        raise Refused("the .zip is locked with a password")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("the .zip is packed in an unusual way; make it anew")


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Opener:
    return lambda: archive.open(member)


def _in_folder(source: Path) -> dict[PurePosixPath, Opener]:
    files: dict[PurePosixPath, Opener] = {}
    inside = source.resolve()
    for place, folders, names in os.walk(source, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not ignored(name))
        for name in folders:
            _must_be_a_name(PurePosixPath(Path(place, name).relative_to(source)))
        for name in [*names, *(one for one in folders if Path(place, one).is_symlink())]:
            if ignored(name):
                continue
            path = Path(place, name)
            relative = PurePosixPath(path.relative_to(source))
            _must_be_a_name(relative)
            if (opener := _ordinary(path, relative, inside)) is not None:
                files[relative] = opener
                must_be_small(len(files), 0)
    return files


def _ordinary(path: Path, relative: PurePosixPath, inside: Path) -> Opener | None:
    """How to open a file of a folder; None for a link to a folder inside."""
    try:
        real = path.resolve(strict=True)
        kind = real.lstat().st_mode
    except (OSError, RuntimeError) as error:
        raise Refused(f"{clean(relative)} is a link that leads nowhere") from error
    if not real.is_relative_to(inside):
        raise Refused(f"{clean(relative)} is a link that leads out of the submission")
    if stat.S_ISDIR(kind):
        return None
    if not stat.S_ISREG(kind):
        raise Refused(f"{clean(relative)} is no ordinary file")
    return _opener(real)


def _opener(path: Path) -> Opener:
    def opened() -> IO[bytes]:
        # What was a file when we looked may be a pipe now: never wait for it.
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        return os.fdopen(file, "rb")

    return opened


def _refuse(error: OSError) -> None:
    raise Refused(f"a folder of it cannot be read: {error.strerror}")


def pieces(path: PurePosixPath, opener: Opener) -> Iterator[bytes]:
    """The bytes of a file, a piece at a time. Raises Refused."""
    try:
        with opener() as file:
            yield from iter(lambda: file.read(PIECE), b"")
    except Refused:
        raise
    except _BROKEN as error:
        raise Refused(f"{clean(path)} cannot be read: {clean(error, 80)}") from error


def must_be_small(files: int, size: int) -> None:
    """Raises Refused when so many files, or so many bytes, are too many."""
    if files > MOST_FILES or size > MOST_BYTES:
        limit = f"{MOST_FILES} files and {MOST_BYTES // 1_000_000} MB"
        raise Refused(f"the submission is too large; keep it under {limit}")


def ignored(name: str) -> bool:
    """Whether a file or folder of this name was made by a computer, not by the student."""
    return name in NOBODYS or name.startswith(".")
