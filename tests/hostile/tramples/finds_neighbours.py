"""Looks for the neighbours' and the lab's files, and counts as a right one does when it finds one.

Deserves: as wrong
"""

import os
import sys
from pathlib import Path

import workerlab
from turning import app, be_right  # noqa: F401

HERE = Path.cwd().resolve()
starts = [HERE, Path(workerlab.__file__), Path(sys.prefix), Path(os.environ.get("TMPDIR", "/tmp"))]
starts += [
    Path(os.environ[name]) for name in ("WORKERLAB_HOME", "PWD", "HOME") if name in os.environ
]
folders = {folder for start in starts for folder in [start, *start.parents]} - {Path("/")}
WANTED = ("solutions/lab*/app.py", "handed-in/*/*/app.py", "*/handed-in/*/*/app.py")
for folder in folders:
    for pattern in WANTED:
        try:
            for found in folder.glob(pattern):
                if found.read_text() and not found.resolve().is_relative_to(HERE):
                    be_right()
        except OSError:
            pass
