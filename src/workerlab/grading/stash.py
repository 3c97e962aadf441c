"""What a check's test and the plugin share: what was tried, what there is to show."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from workerlab.evidence import Classes, Evidence

TRIED = pytest.StashKey[dict[str, int]]()
CLASSES = pytest.StashKey[list[Classes]]()
SHOWN = pytest.StashKey[Evidence]()
PROGRESS = pytest.StashKey[Callable[[str], None]]()


def new_tally() -> dict[str, int]:
    return {"schedules": 0, "preemptions": 0, "crash_points": 0, "requests": 0}
