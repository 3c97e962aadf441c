"""How far a student has come: the best and the last result of each lab."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workerlab.grading import memory
from workerlab.grading.manifest import Manifest, all_labs, root
from workerlab.grading.result import PASSED, LabResult

NAME = "progress"
NOT_THE_READERS = ("solutions", "tests")  # folders whose results are not the student's


@dataclass(frozen=True)
class Standing:
    """Where a student stands with one lab. Points are None until it was graded in full."""

    lab: Manifest
    best: float | None
    last: float | None
    last_run: datetime | None
    next: str

    @property
    def done(self) -> bool:
        return self.best is not None and self.best >= self.lab.points


def record(result: LabResult, submission: Path, *, partly: bool) -> None:
    """Keep a result. One of only some of the checks (`partly`) is no score of the lab.

    Raises NotRemembered when it cannot be kept.
    """
    home = root()
    if any(submission.resolve().is_relative_to(home / name) for name in NOT_THE_READERS):
        return

    def keep(kept: dict[str, Any]) -> None:
        entry = memory.table(kept, result.lab)
        entry["at"] = datetime.now(UTC).isoformat(timespec="seconds")
        entry["open"] = next((c.id for c in result.checks if c.status != PASSED), None)
        if not partly:
            entry["last"] = result.score
            entry["best"] = max(result.score, _number(entry.get("best")) or 0.0)

    memory.update(NAME, keep)


def standings() -> Iterator[Standing]:
    """Every lab of the repository, in order, and what to do next with it."""
    kept = memory.recall(NAME)
    for lab in all_labs():
        entry = memory.table(kept, lab.name)
        best, last = _number(entry.get("best")), _number(entry.get("last"))
        yield Standing(lab, best, last, _moment(entry.get("at")), _next(lab, entry, best))


def _next(lab: Manifest, entry: dict[str, Any], best: float | None) -> str:
    if not entry:
        return f"read labs/{lab.name}/README.md, then: workerlab check {lab.name} --watch --quick"
    if best is not None and best >= lab.points:
        return "done"
    if isinstance(entry.get("open"), str):
        return f"workerlab hint {lab.name} {entry['open']}"
    return f"workerlab check {lab.name}"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
