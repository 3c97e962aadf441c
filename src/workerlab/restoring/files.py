"""Files and folders as they were at the start, found by what the workers have kept of them.

Each worker keeps what a file was just before it first changes it: `stepping/worker/keeper.py`
writes NAME.path (what it was, and its path) and NAME.was (what was in it).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workerlab.restoring import sqlite

FILE, FOLDER, LINK, ABSENT = "file", "folder", "link", "absent"  # any other is left alone


@dataclass
class Kept:
    """A place that the app has changed: what it was at the start, and where that is kept."""

    path: Path
    was: str
    copy: Path


class Files:
    """All places that the app changes.

    folder   where its workers keep them
    pids     the processes of the server, which may have some of them open
    """

    def __init__(self, folder: Path, pids: Callable[[], Iterable[int]]) -> None:
        self.folder, self._pids = folder, pids
        self._kept: dict[str, Kept] = {}
        # The files among them that were brought back or taken away, in their order.
        self.paths: dict[Path, None] = {}

    def take(self) -> None:
        """What has been changed until now belongs to the start: keep it as it is now."""
        self._find()
        for kept in self._kept.values():
            _take(kept)

    def put_back(self) -> None:
        """Bring every place back that was changed. Raises Busy while a database is locked."""
        self._find()
        held = _Held(self._pids)
        for kept in sorted(self._kept.values(), key=lambda one: len(one.path.parts)):
            if kept.was == FILE or kept.path.is_file():
                self.paths[kept.path] = None
            if kept.was != ABSENT:
                _put_back(kept)
        for kept in sorted(self._kept.values(), key=lambda one: -len(one.path.parts)):
            if kept.was == ABSENT and os.path.lexists(kept.path):
                _take_away(kept.path, held)

    def inside(self, folder: Path) -> list[Path]:
        """The files in this folder that the app has changed."""
        self._find()
        paths = (one.path for one in self._kept.values() if one.was in (FILE, ABSENT))
        return [path for path in paths if path.is_relative_to(folder)]

    @property
    def left_alone(self) -> list[Path]:
        """What was changed and cannot be brought back: too large, or no file."""
        known = (FILE, FOLDER, LINK, ABSENT)
        return [one.path for one in self._kept.values() if one.was not in known]

    def _find(self) -> None:
        for name in os.listdir(self.folder):
            if name.endswith(".path") and name not in self._kept:
                mark = self.folder / name
                was, _, path = mark.read_text(encoding="utf-8").partition("\n")
                self._kept[name] = Kept(Path(path), was, mark.with_suffix(".was"))


class _Held:
    """The files that the app's processes have open; they are looked up when first asked for."""

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._pids, self._open = pids, None

    _open: set[str] | None

    def __contains__(self, path: Path) -> bool:
        if self._open is None:
            self._open = set()
            for pid in self._pids():
                folder = f"/proc/{pid}/fd"
                with suppress(OSError):
                    for number in os.listdir(folder):
                        with suppress(OSError):
                            self._open.add(os.readlink(f"{folder}/{number}"))
        return str(path) in self._open


def _take(kept: Kept) -> None:
    _away(kept.copy)
    sqlite.remove(kept.copy)
    path = kept.path
    if path.is_symlink():
        kept.was = LINK
        kept.copy.symlink_to(os.readlink(path))
    elif path.is_dir():
        kept.was = FOLDER
        shutil.copytree(path, kept.copy, symlinks=True, ignore=_no_data)
    elif sqlite.is_database(path):
        kept.was = FILE
        sqlite.copy(path, kept.copy)
    elif path.is_file() and kept.was != "large":
        kept.was = FILE
        shutil.copy2(path, kept.copy)
    elif not path.exists():
        kept.was = ABSENT


def _no_data(folder: str, names: list[str]) -> list[str]:
    """What cannot be copied, and holds no data: sockets, pipes, devices."""
    paths = [Path(folder, name) for name in names]
    return [one.name for one in paths if not (one.is_symlink() or one.is_file() or one.is_dir())]


def _put_back(kept: Kept) -> None:
    path = kept.path
    if kept.was == LINK:
        if not path.is_symlink() or os.readlink(path) != os.readlink(kept.copy):
            _away(path)
            path.symlink_to(os.readlink(kept.copy))
    elif kept.was == FOLDER:
        if not path.is_dir():
            _away(path)
            shutil.copytree(kept.copy, path, symlinks=True)
    elif kept.was == FILE:
        if path.is_symlink() or not path.is_file():
            _away(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            for end in ("", "-wal", "-journal"):
                if os.path.exists(f"{kept.copy}{end}"):
                    shutil.copy2(f"{kept.copy}{end}", f"{path}{end}")
        elif sqlite.is_database(kept.copy) and (sqlite.is_database(path) or not _size(path)):
            sqlite.copy(kept.copy, path)
        else:
            _write_over(kept.copy, path)


def _write_over(source: Path, target: Path) -> None:
    """The same content, in the same file: a worker may have it open, or mapped."""
    content = source.read_bytes()
    if _size(target) != len(content) or target.read_bytes() != content:
        with target.open("r+b") as file:
            file.write(content)
            file.truncate()
        shutil.copystat(source, target)


def _take_away(path: Path, held: _Held) -> None:
    """It was not there at the start. What a worker has open stays, and is emptied.

    Removed, it would live on in that worker alone.
    """
    if path.is_file() and not path.is_symlink() and path in held:
        if sqlite.is_database(path):
            sqlite.copy(None, path)
        else:
            os.truncate(path, 0)
    elif sqlite.is_database(path):
        sqlite.remove(path)
    else:
        _away(path)


def _away(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _size(path: Path) -> int:
    return path.stat().st_size
