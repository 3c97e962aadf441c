"""Swaps folders for links to others' folders again and again, while somebody may chown or delete them.

Deserves: as wrong
"""

import os
import threading
from pathlib import Path

from plain import app  # noqa: F401

HOME = os.environ.get("WORKERLAB_HOME", "/root")
TARGETS = [HOME, "/var/tmp", "/etc", str(Path.home())]
folder = Path(os.environ["WORKERLAB_FOLDER"])


def swap(number: int) -> None:
    place, aside = folder / f"swapped-{number}", folder / f"aside-{number}"
    link = folder / f"link-{number}"
    try:
        place.mkdir()
        (place / "labs").mkdir()
        link.symlink_to(TARGETS[number])
        while True:
            place.rename(aside)
            link.rename(place)
            place.rename(link)
            aside.rename(place)
    except OSError:
        pass


for number in range(len(TARGETS)):
    threading.Thread(target=swap, args=(number,), daemon=True).start()
