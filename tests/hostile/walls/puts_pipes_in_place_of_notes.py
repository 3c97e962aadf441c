"""Puts pipes, links and folders where the grader looks for its notes in WORKERLAB_FOLDER.

Deserves: as wrong
"""

import os
from pathlib import Path

from plain import app

folder = Path(os.environ["WORKERLAB_FOLDER"])


def spoil() -> None:
    known = [one.name for one in folder.iterdir()]
    for number, name in enumerate(
        [*known, "starting.1", "failure", "starting.2", "starting.x", "failure.1"]
    ):
        place = folder / name
        try:
            if place.is_dir() and not place.is_symlink():
                place.rename(place.with_name(f"was-{number}"))
            else:
                place.unlink(missing_ok=True)
            match number % 4:
                case 0:
                    os.mkfifo(place)
                case 1:
                    place.symlink_to("/dev/zero")
                case 2:
                    place.symlink_to("/etc/passwd")
                case 3:
                    place.mkdir()
        except OSError:
            pass


@app.middleware("http")
async def each_time(request, call_next):
    spoil()
    return await call_next(request)
