"""Puts links to others' files in the place of its log and its app, before each is opened again.

Deserves: as wrong
"""

import os
from pathlib import Path

from plain import app

HOME = os.environ.get("WORKERLAB_HOME", "/root")
TARGETS = (
    "/etc/passwd",
    f"{HOME}/labs",
    f"{HOME}/labs/lab60_counter/app.py",
    "/var/tmp",
    "/dev/zero",
)
folder = Path(os.environ["WORKERLAB_FOLDER"])


@app.middleware("http")
async def swap(request, call_next):
    here = Path(__file__).parent
    for number, place in enumerate(
        [folder / "log", folder / "app.py", here / "plain.py", here / "new"]
    ):
        try:
            place.unlink(missing_ok=True)
            place.symlink_to(TARGETS[number])
        except OSError:
            pass
    return await call_next(request)
