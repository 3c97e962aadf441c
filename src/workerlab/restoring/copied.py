"""A copy of an app's folder to run on: its own files and its database stay as they are."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from workerlab.errors import BadUsage
from workerlab.processes.app_folder import contents, is_link_only, settings_above

LARGEST = 64 * 2**20  # bytes of a file that is copied; the copy has a link to a larger one
MOST_FILES, MOST_BYTES = 20_000, 512 * 2**20


def copy_folder(source: Path, target: Path) -> None:
    """Copy a folder as an app needs it. Raises BadUsage for one that is too large."""
    target.mkdir(parents=True)
    size = 0
    for number, path in enumerate(contents(source)):
        place = target / path.relative_to(source)
        if path.is_symlink():
            place.symlink_to(os.readlink(path))
        elif path.is_dir() and not is_link_only(path):
            place.mkdir()
        elif _is_copied(path):
            size += path.stat().st_size
            if size > MOST_BYTES or number > MOST_FILES:
                raise BadUsage(
                    f"{source} is too large to run on a copy of it ({number} files, {size >> 20} MB)",
                    "put the app into a folder of its own, or let it use its own files: --in-place",
                )
            shutil.copy2(path, place)
        else:
            place.symlink_to(path)
    if above := settings_above(source):
        shutil.copy2(above, target.parent / above.name)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, and what SQLite keeps beside it if it is a database."""
    for end in ("", "-wal", "-journal"):
        beside = source.with_name(source.name + end)
        if _is_copied(beside):
            shutil.copy2(beside, target.with_name(target.name + end))
        elif not end:
            target.symlink_to(source)


def _is_copied(path: Path) -> bool:
    return path.is_file() and path.stat().st_size <= LARGEST and os.access(path, os.R_OK)
