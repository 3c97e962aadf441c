"""Hostile submissions that no repository can hold as they are: zips, links, odd names, pipes."""

from __future__ import annotations

import zipfile
from pathlib import Path

APP = (Path(__file__).parent / "neighbours" / "right.py").read_text(encoding="utf-8")
LAB = "lab60_counter"


def zip_with_an_absolute_path(target: Path) -> None:
    """A zip with a file whose path is absolute.

    Deserves: nothing
    """
    with zipfile.ZipFile(f"{target}.zip", "w") as file:
        file.writestr(f"{LAB}/app.py", APP)
        file.writestr("/tmp/hostile-zip_with_an_absolute_path", "here")


SUBMISSIONS = [zip_with_an_absolute_path]
