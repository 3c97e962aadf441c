"""The files of a .zip or a tar archive, by their paths inside; nothing of it is run or loaded.

Only ordinary files with a path inside the archive are listed: a link, a device or a path that
leads out refuses the whole archive. Sizes that the archive states itself are not believed:
whoever reads counts the bytes that come.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import PurePosixPath
from typing import IO

from workerlab.draw.words import clean
from workerlab.errors import WorkerlabError
from workerlab.grading.submission import MOST_BYTES, MOST_FILES

ZIP = (".zip",)
TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz")
NOBODYS = {"__MACOSX", "__pycache__", "node_modules", "site-packages"}  # beside all that is hidden
ENVIRONMENT = "pyvenv.cfg"  # lies in every virtual environment, whatever its folder is called
LONGEST_NAME, LONGEST_PATH = 200, 1_000  # bytes: what any file system takes
LOCKED = 0x1  # the bit of a zip's member that is encrypted
DICTIONARY = 64 << 20  # bytes of memory that unpacking LZMA may ask for: more than 7-Zip's "ultra"
TAR_OVERHEAD = 4_096  # bytes for a file in a tar beside its content: its header, long name, padding
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, OSError, NotImplementedError, RuntimeError, ValueError, OverflowError),
)

Opener = Callable[[], AbstractContextManager[IO[bytes]]]
Files = dict[PurePosixPath, Opener]


class Refused(WorkerlabError):
    """Why a submission is not graded: one line, for its row."""


def archive_suffix(name: str) -> str:
    """The part of a file's name that says it is an archive, or "".

    >>> archive_suffix("ada.tar.gz"), archive_suffix("Lab08.ZIP"), archive_suffix("ada.rar")
    ('.tar.gz', '.ZIP', '')
    """
    for suffix in sorted(ZIP + TAR, key=len, reverse=True):
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[-len(suffix) :]
    return ""


def in_archive(name: str, file: IO[bytes]) -> Files:
    """How to open each file of an archive that is open; as long as `file` is. Raises Refused."""
    if name.lower().endswith(ZIP):
        return _in_zip(file)
    return _in_tar(file)


def opened_zip(file: IO[bytes]) -> zipfile.ZipFile:
    """A zip whose table of contents can be read. Raises Refused."""
    try:
        return zipfile.ZipFile(file)
    except BROKEN as error:
        raise Refused("it is no .zip that can be read") from error


def _in_zip(file: IO[bytes]) -> Files:
    archive = opened_zip(file)
    members = archive.infolist()
    found = Members("the .zip", [member.orig_filename for member in members])
    for member in members:
        path = found.path(member.orig_filename)
        if path and (member.is_dir() or member.orig_filename.endswith("\\")):
            found.folders.add(path)
        elif path:
            found.add(path, zipped(archive, member, path))
    return found.whole()


def _path(name: str) -> PurePosixPath:
    """The path of a member; Windows may have written it, with backslashes."""
    return PurePosixPath(name.replace("\\", "/"))


class Members:
    """The members of an archive that are taken so far; each `path` is checked first."""

    def __init__(self, kind: str, names: list[str]) -> None:
        self.kind = kind
        paths = [_path(name) for name in names]
        self._environments = {path.parent for path in paths if path.name == ENVIRONMENT}
        self.files: Files = {}
        self.folders: set[PurePosixPath] = set()

    def inside(self, name: str) -> PurePosixPath | None:
        """Where a member lies; None for what a computer made. Raises Refused when it leads out."""
        path = _path(name)
        if path.is_absolute() or ".." in path.parts or not (path.parts or name in (".", "./")):
            raise Refused(f"{clean(name, 80)} in {self.kind} leads out of it")
        if not path.parts or any(map(ignored, path.parts)):
            return None
        if ":" in path.parts[0]:
            shown = clean(name, 80)
            raise Refused(f"{shown} in {self.kind} is a path of Windows with a drive; make it anew")
        return None if self._environments.intersection(path.parents) else path

    def path(self, name: str) -> PurePosixPath | None:
        """As `inside`; raises Refused as well for a name that no disk takes."""
        path = self.inside(name)
        if path:
            must_be_a_name(path)
        return path

    def add(self, path: PurePosixPath, opener: Opener) -> None:
        if path in self.files:
            raise Refused(f"{clean(path)} is twice in {self.kind}")
        self.files[path] = opener
        self.folders.update(path.parents)
        must_be_small(len(self.files), 0)

    def whole(self) -> Files:
        if both := self.folders & self.files.keys():
            raise Refused(f"{clean(min(both))} is both a file and a folder in {self.kind}")
        return self.files


def _must_be_plain(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: PurePosixPath) -> None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise Refused(f"{clean(path)} in the .zip is a link or a special file")
    if member.flag_bits & LOCKED:
        raise Refused("the .zip is locked with a password")
    if member.compress_type not in PACKED:
        raise Refused("the .zip is packed in an unusual way; make it anew")
    if member.compress_type == zipfile.ZIP_LZMA and _dictionary(archive, member) > DICTIONARY:
        raise Refused("the .zip asks for too much memory; make it anew")


def _dictionary(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """Bytes of memory that a member asks for: in an LZMA stream, behind two versions and a size.

    0 where its header cannot be found: then it cannot be read either.
    """
    file = archive.fp
    if file is None:
        return 0
    try:
        file.seek(member.header_offset + 26)
        name, extra = struct.unpack("<HH", file.read(4))
        file.seek(name + extra, io.SEEK_CUR)
        _, _, size = struct.unpack("<BBH", file.read(4))
        properties = file.read(size)
        return int(struct.unpack("<I", properties[1:5])[0])
    except BROKEN:
        return 0


def zipped(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: PurePosixPath) -> Opener:
    """How to open a member of a zip. Raises Refused when it is no ordinary file."""
    _must_be_plain(archive, member, path)
    return lambda: archive.open(member)


def _in_tar(file: IO[bytes]) -> Files:
    try:
        data = _unpacked(file)
        archive = tarfile.open(fileobj=io.BytesIO(data), mode="r:")  # noqa: SIM115 (of memory)
        # A header that points backwards would be read for ever: each takes a block of its own.
        members = list(islice(archive, len(data) // tarfile.BLOCKSIZE + 1))
        found = Members("the archive", [member.name for member in members])
        for member in members:
            path = found.path(member.name)
            if path is None:
                continue
            if member.isdir():
                found.folders.add(path)
            elif not member.isreg() or member.issparse() or member.size < 0:
                raise Refused(f"{clean(path)} in the archive is a link or a special file")
            else:
                found.add(path, _tarred(archive, member))
    except Refused:
        raise
    except BROKEN as error:
        raise Refused("it is no archive that can be read") from error
    return found.whole()


def _unpacked(file: IO[bytes]) -> bytes:
    """A tar as it was before it was packed, as far as a submission may be large. Raises Refused."""
    begin = file.read(6)
    file.seek(0)
    most = MOST_BYTES + TAR_OVERHEAD * MOST_FILES
    if begin.startswith(b"\x1f\x8b"):
        data = gzip.GzipFile(fileobj=file).read(most + 1)
    elif begin.startswith(b"BZh"):
        data = bz2.BZ2File(file).read(most + 1)
    elif begin == b"\xfd7zXZ\x00":
        packed = file.read(MOST_BYTES + 1)
        unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=2 * DICTIONARY)
        data = unpacker.decompress(packed, max_length=most + 1)
    else:
        data = file.read(most + 1)
    if len(data) > most:
        raise Refused(_too_large())
    return data


def _tarred(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Opener:
    def opened() -> IO[bytes]:
        file = archive.extractfile(member)
        if file is None:  # it is no ordinary file: never added
            raise Refused(f"{clean(member.name)} cannot be read")
        return file

    return opened


def must_be_a_name(path: PurePosixPath) -> None:
    """Raises Refused for a path with signs that cannot be seen, or that no disk takes."""
    shown = clean(path, 80)
    odd = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # line ends, signs that turn the writing, broken ones
    if any(unicodedata.category(sign) in odd for sign in str(path)):
        raise Refused(f"the file name {shown} has signs in it that cannot be seen")
    longest = max(len(os.fsencode(part)) for part in path.parts)
    if longest > LONGEST_NAME or len(os.fsencode(str(path))) > LONGEST_PATH:
        raise Refused(f"the file name {shown} … is too long")


def must_be_small(files: int, size: int) -> None:
    """Raises Refused when so many files, or so many bytes, are too many."""
    if files > MOST_FILES or size > MOST_BYTES:
        raise Refused(_too_large())


def _too_large() -> str:
    limit = f"{MOST_FILES} files and {MOST_BYTES // 1_000_000} MB"
    return f"the submission is too large; keep it under {limit}"


def ignored(name: str) -> bool:
    """Whether a file or folder of this name was made by a computer, not by the student."""
    return name in NOBODYS or name.startswith(".")
