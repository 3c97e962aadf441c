"""Leaves a file in every folder that a later process may read: temporary ones, home, Python's own.

Deserves: as wrong
"""

import site
import sys
import tempfile
from pathlib import Path

from plain import app  # noqa: F401

NAME = "hostile-leaves_files_everywhere"
usual = ["/tmp", "/var/tmp", "/dev/shm", "/run", "/etc", tempfile.gettempdir(), Path.home(), "."]
for place in [*usual, *Path.cwd().parents, *sys.path, site.getusersitepackages()]:
    for name in (NAME, f"{NAME}.pth"):
        try:
            Path(place, name).write_text("# here\n")
        except OSError:
            pass
