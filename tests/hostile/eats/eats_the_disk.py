"""Fills every place that it may write (with 2 GB, if it may).

Deserves: as wrong
"""

import os
import tempfile
from pathlib import Path

from plain import app  # noqa: F401

for place in (tempfile.gettempdir(), ".", "..", "/var/tmp", "/tmp", Path.home()):
    try:
        for number in range(4):
            name = f"hostile-eats_the_disk-{os.getpid()}-{number}"
            with open(Path(place, name), "wb") as file:
                for _ in range(100):
                    file.write(b"x" * 1_000_000)
    except OSError:
        pass
