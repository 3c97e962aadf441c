"""Makes empty files until it is refused (or has made 60,000), in folders and folders in them.

Deserves: as wrong
"""

import os
from pathlib import Path

from plain import app  # noqa: F401

place = Path(f"hostile-makes_countless_files-{os.getpid()}")
try:
    for number in range(60_000):
        if number % 2000 == 0:
            place = place / "deeper"
            place.mkdir(parents=True)
        (place / str(number)).touch()
except OSError:
    pass
