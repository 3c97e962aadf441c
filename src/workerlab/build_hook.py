"""Packs the labs, the notebooks and the checks into the wheel; hatchling runs it.

Not into an editable installation, which finds them in the clone. Only files that git knows or
would take go in, and neither solutions nor wrong answers: grading/authoring/course.py names what.
"""

import sys
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Course(BuildHookInterface):
    """Adds the files of the course to what the wheel has."""

    def initialize(self, version: str, build_data: dict) -> None:
        if version == "editable":
            return
        home = Path(self.root)
        sys.path.insert(0, str(home / "src"))  # it runs where workerlab is not installed
        from workerlab.grading.authoring.course import PACKED, course

        packed = Path("workerlab", PACKED)
        for place, file in course(home).items():
            build_data["force_include"][str(file)] = str(packed / place)
