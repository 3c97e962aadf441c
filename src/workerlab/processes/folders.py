"""Where temporary folders go, and whether every user may enter a folder."""

from __future__ import annotations

import tempfile
from pathlib import Path

LONGEST = 60  # characters of the place for temporary folders: socket paths end at 107


def temporary_folder(*, for_all: bool = False) -> Path:
    """Where temporary folders go: the usual place, else /tmp.

    Else: when its name makes the paths of Unix sockets too long, or when not every user may
    enter it and `for_all` asks for that.
    """
    usual = Path(tempfile.gettempdir()).absolute()
    fits = len(str(usual)) <= LONGEST and (not for_all or open_to_all(usual, 0o001))
    return usual if fits else Path("/tmp")


def open_to_all(folder: Path, needed: int = 0o005) -> bool:
    """Whether any user may enter this folder, and read it (unless `needed` is 0o001)."""
    return folder.stat().st_mode & needed == needed and all(
        place.stat().st_mode & 0o001 for place in folder.parents
    )
