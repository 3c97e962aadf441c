"""Writes into the grader's and the neighbours' temporary folders, and removes what it can there.

Deserves: as wrong
"""

import os
import shutil
from pathlib import Path

from plain import app  # noqa: F401

HERE = Path.cwd().resolve()
for place in HERE.parents:
    if place.name.startswith("hv-"):  # where this class keeps its temporary folders
        for folder in place.iterdir():
            if not HERE.is_relative_to(folder):
                try:
                    Path(folder, "hostile-tramples_folders").write_text("here")
                except OSError:
                    pass
                shutil.rmtree(folder, ignore_errors=True)
for name in os.listdir("."):
    if name not in ("app.py", "plain.py"):
        shutil.rmtree(name, ignore_errors=True)
