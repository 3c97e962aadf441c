"""Where temporary folders go, and whether every user may enter a folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # of Linux: a file system in memory
ROOM = 1 << 30  # bytes that must be free there, for several stores and what others keep
NAMED = ("TMPDIR", "TEMP", "TMP")  # by which a user says where temporary folders go
LONGEST = 60  # characters of the place for temporary folders: socket paths end at 107


def temporary_folder(*, for_all: bool = False) -> Path:
    """Where temporary folders go: the usual place, else /tmp.

    Else: when its name makes the paths of Unix sockets too long, or when not every user may
    enter it and `for_all` asks for that.
    """
    usual = Path(tempfile.gettempdir()).absolute()
    fits = len(str(usual)) <= LONGEST and (not for_all or open_to_all(usual, 0o001))
    return usual if fits else Path("/tmp")


def in_memory(usual: Path) -> Path:
    """A place in memory for a store's data; the usual one where memory has no room for them.

    The hundreds of small files of a database are made there in a tenth of the time. Where the user
    says where temporary folders go, they go there; and a container has mostly 64 MB in /dev/shm.
    """
    if any(os.environ.get(name) for name in NAMED) or not MEMORY.is_dir():
        return usual
    state = os.statvfs(MEMORY)
    fits = state.f_bavail * state.f_frsize >= ROOM and not state.f_flag & os.ST_NOEXEC
    return MEMORY if fits and os.access(MEMORY, os.W_OK | os.X_OK) else usual


def open_to_all(folder: Path, needed: int = 0o005) -> bool:
    """Whether any user may enter this folder, and read it (unless `needed` is 0o001)."""
    return folder.stat().st_mode & needed == needed and all(
        place.stat().st_mode & 0o001 for place in folder.parents
    )
