"""Moves its own folder away, puts another one there, and makes files while it is removed.

Deserves: as wrong
"""

import os
import threading
from pathlib import Path

from plain import app  # noqa: F401

folder = Path(os.environ["WORKERLAB_FOLDER"])


def move() -> None:
    for number in range(2000):
        try:
            aside = folder.with_name(f"hostile-renames_its_folder-{os.getpid()}")
            folder.rename(aside)
            folder.mkdir()
            folder.rmdir()
            aside.rename(folder)
        except OSError:
            pass
        try:
            (folder / f"again-{number % 50}").mkdir(parents=True, exist_ok=True)
        except OSError:
            pass


threading.Thread(target=move, daemon=True).start()
