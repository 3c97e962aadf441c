"""What was handed in: a folder with one folder, .zip or .py file a student.

Nothing of it is run or loaded here. A zip is read with its real bytes counted, a link that leads
out and whatever is no ordinary file is refused: in one line, which becomes the student's row.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from workerlab.draw.words import clean
from workerlab.errors import BadUsage, WorkerlabError
from workerlab.grading.assemble import MOST_BYTES, MOST_FILES

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


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

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
        places = sorted(place for place in folder.iterdir() if not _ignored(place.name))
    except OSError as error:
        mend = "name a folder that holds one folder or .zip a student"
        raise BadUsage(f"cannot read {folder}: {error.strerror}", mend) from error
    if not places:
        mend = "put one folder or .zip a student into it"
        raise BadUsage(f"{folder} has no submissions", mend)
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
    whole, names, size = hashlib.sha256(), set(), 0
    with files_of(source) as files:
        for path in sorted(files):
            names.update(path.parts[:-1])
            one = hashlib.sha256()
            for piece in _pieces(path, files[path]):
                size += len(piece)
                _must_be_small(len(files), size)
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
                for piece in _pieces(path, opener):
                    size += len(piece)
                    _must_be_small(len(files), size)
                    file.write(piece)


def unwrapped(folder: Path, labs: set[str]) -> Path:
    """The folder that is laid out like `labs/`, or holds a lab's own files: without wrapping."""
    while True:
        seen = [path for path in folder.iterdir() if not _ignored(path.name)]
        if (folder / "labs").is_dir() and not labs & {path.name for path in seen}:
            folder = folder / "labs"
        elif len(seen) == 1 and seen[0].is_dir() and seen[0].name not in labs:
            folder = seen[0]
        else:
            return folder


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
            _must_be_small(1, self.source.stat().st_size)
            self.zip = zipfile.ZipFile(self.source)
        except _BROKEN as error:
            raise Refused("it is no .zip that can be read") from error
        files: dict[PurePosixPath, Opener] = {}
        folders: set[PurePosixPath] = set()
        for member in self.zip.infolist():
            path = _path_of(member)
            if any(map(_ignored, path.parts)):
                continue
            if member.is_dir():
                folders.add(path)
                continue
            if path in files:
                raise Refused(f"{clean(path)} is twice in the .zip")
            _must_be_plain(member, path)
            files[path] = _member(self.zip, member)
            folders.update(path.parents)
            _must_be_small(len(files), 0)
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
        folders[:] = sorted(name for name in folders if not _ignored(name))
        for name in folders:
            _must_be_a_name(PurePosixPath(Path(place, name).relative_to(source)))
        for name in [*names, *(one for one in folders if Path(place, one).is_symlink())]:
            if _ignored(name):
                continue
            path = Path(place, name)
            relative = PurePosixPath(path.relative_to(source))
            _must_be_a_name(relative)
            if (opener := _ordinary(path, relative, inside)) is not None:
                files[relative] = opener
                _must_be_small(len(files), 0)
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


def _pieces(path: PurePosixPath, opener: Opener) -> Iterator[bytes]:
    try:
        with opener() as file:
            yield from iter(lambda: file.read(PIECE), b"")
    except Refused:
        raise
    except _BROKEN as error:
        raise Refused(f"{clean(path)} cannot be read: {clean(error, 80)}") from error


def _must_be_small(files: int, size: int) -> None:
    if files > MOST_FILES or size > MOST_BYTES:
        limit = f"{MOST_FILES} files and {MOST_BYTES // 1_000_000} MB"
        raise Refused(f"the submission is too large; keep it under {limit}")


def _ignored(name: str) -> bool:
    return name in NOBODYS or name.startswith(".")


def copied(source: Path, folder: Path) -> Path:
    """A submission as a folder: itself, or what was packed, unpacked into `folder`."""
    if source.is_dir():
        return source
    folder.mkdir()
    if source.suffix.lower() == ".py":
        shutil.copyfile(source, folder / "app.py")
    else:
        unpack(source, folder)
    return folder
