"""The files of one submission, by their paths inside: from a folder, an archive or a single file.

What is read is counted byte by byte; links that lead out and files that are not ordinary are
refused. Nothing of it is run or loaded.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import IO

from workerlab.draw.words import clean
from workerlab.grading.batch.archives import (
    BROKEN,
    ENVIRONMENT,
    Files,
    Opener,
    Refused,
    archive_suffix,
    ignored,
    in_archive,
    must_be_a_name,
    must_be_small,
)

PIECE = 1 << 16


class files_of:
    """`with files_of(source) as files`: how to open each ordinary file, by its path inside.

    Raises Refused, also while a file is read.
    """

    def __init__(self, source: Path) -> None:
        self.source = source
        self._open = ExitStack()

    def __enter__(self) -> Files:
        kind = kind_of(self.source)
        if stat.S_ISDIR(kind):
            return in_folder(self.source)
        if archive_suffix(self.source.name):
            must_be_small(1, self.source.stat().st_size)
            file = self._open.enter_context(opener_of(self.source)())
            try:
                return in_archive(self.source.name, file)
            except BaseException:
                self._open.close()
                raise
        if self.source.suffix.lower() == ".py":
            return {PurePosixPath("app.py"): opener_of(self.source)}
        raise Refused("it is no folder, no .zip and no .py file")

    def __exit__(self, *_: object) -> None:
        self._open.close()


def kind_of(source: Path) -> int:
    """The mode of a folder or an ordinary file. Raises Refused for anything else."""
    try:
        kind = source.lstat().st_mode
    except OSError as error:
        raise Refused(f"it cannot be read: {error.strerror}") from error
    if not stat.S_ISDIR(kind) and not stat.S_ISREG(kind):
        raise Refused("it is a link or a special file; hand in a folder or a .zip")
    return kind


def in_folder(source: Path) -> Files:
    """How to open each ordinary file below a folder. Raises Refused."""
    files: Files = {}
    inside = source.resolve()
    for place, folders, names in os.walk(source, onerror=_refuse):
        if ENVIRONMENT in names:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not ignored(name))
        for name in folders:
            must_be_a_name(PurePosixPath(Path(place, name).relative_to(source)))
        for name in [*names, *(one for one in folders if Path(place, one).is_symlink())]:
            if ignored(name):
                continue
            path = Path(place, name)
            relative = PurePosixPath(path.relative_to(source))
            must_be_a_name(relative)
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
    return opener_of(real)


def opener_of(path: Path) -> Opener:
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
    except BROKEN as error:
        raise Refused(f"{clean(path)} cannot be read: {clean(error, 80)}") from error
