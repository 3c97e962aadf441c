"""Results: one JSON, from which everything else that is shown is made (`workerlab/result/v1`)."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from workerlab.errors import BadUsage
from workerlab.evidence import Classes, Evidence, classes_in_words
from workerlab.grading.told import message_of, told_before

SCHEMA = "workerlab/result/v1"
PASSED, FAILED = "passed", "failed"
INCONCLUSIVE, NOT_GRADABLE = "inconclusive", "not_gradable"


@dataclass
class CheckResult:
    """What one check found. `message` is for the student, `instructor_message` is not.

    isolation   how the submission was isolated while this check of a class ran, reported by
                the machine where it ran; "" outside of a class
    by_hand     why somebody has set these points by hand, for the instructor; "" where nobody has
    classes     what each search that has run one schedule of every class has run
    """

    id: str
    title: str
    status: str
    points: float
    max_points: float
    message: str = ""
    instructor_message: str = ""
    tried: dict[str, int] = field(default_factory=dict)
    evidence: Evidence | None = None
    isolation: str = ""
    by_hand: str = ""
    classes: list[Classes] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """What a result file holds; the last three keys only where there is something to say."""
        whole = asdict(self)
        for key in ("isolation", "by_hand", "classes"):
            if not whole[key]:
                del whole[key]
        return whole


@dataclass
class LabResult:
    """A lab's checks so far; valid at every moment of the grading."""

    lab: str
    checks: list[CheckResult] = field(default_factory=list)
    max_score: float = 0.0
    duration_s: float = 0.0

    @property
    def score(self) -> float:
        return round(sum(check.points for check in self.checks), 2)

    @property
    def status(self) -> str:
        found = {check.status for check in self.checks}
        for status in (FAILED, NOT_GRADABLE, INCONCLUSIVE):
            if status in found:
                return status
        return PASSED if found else NOT_GRADABLE

    def to_json(self) -> dict[str, Any]:
        return {
            "lab": self.lab,
            "status": self.status,
            "score": self.score,
            "max_score": self.max_score,
            "duration_s": round(self.duration_s, 2),
            "checks": [check.to_json() for check in self.checks],
        }


@dataclass
class Report:
    """The results of a submission, lab by lab.

    handed_in   of a submission of a class: what was found and taken, and whose it is
    """

    submission: str
    seed: int
    labs: list[LabResult] = field(default_factory=list)
    handed_in: dict[str, Any] = field(default_factory=dict)

    @property
    def exit_status(self) -> int:
        """0 full marks, 1 something failed, 2 could not be graded, 3 inconclusive."""
        found = {lab.status for lab in self.labs}
        for status, number in ((FAILED, 1), (NOT_GRADABLE, 2), (INCONCLUSIVE, 3)):
            if status in found:
                return number
        return 0 if found else 2

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "submission": self.submission,
            "seed": self.seed,
            "labs": [lab.to_json() for lab in self.labs],
            **({"handed_in": self.handed_in} if self.handed_in else {}),
        }

    def write(self, path: str | Path) -> None:
        """Write the JSON; a reader meanwhile sees the old file or the new one, whole.

        Raises BadUsage when the place cannot be written.
        """
        path = Path(path)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        text = json.dumps(self.to_json(), indent=1, ensure_ascii=False)
        try:
            # A lone surrogate, as in a file name that is no UTF-8, has an escape in JSON.
            draft.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
            os.replace(draft, path)
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            advice = "name a file in a folder that you may write"
            raise BadUsage(f"cannot write {path}: {error.strerror}", advice) from error

    @classmethod
    def read(cls, path: str | Path) -> "Report":
        """Read what `write` wrote. Raises BadUsage for anything else."""
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
            if data["schema"] != SCHEMA:
                raise ValueError(f"its schema is {data['schema']!r}")
            labs = [_lab_from(lab) for lab in data["labs"]]
            return cls(data["submission"], data["seed"], labs, data.get("handed_in", {}))
        except OSError as error:
            advice = "make it with: workerlab check LAB --json FILE"
            raise BadUsage(f"cannot read {path}: {error.strerror}", advice) from error
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            advice = "give a file that `workerlab check --json` wrote"
            raise BadUsage(f"{path} is not a result: {error}", advice) from error

    def __repr__(self) -> str:
        return "\n".join(line for lab in self.labs for line in _lines(lab))


def _lab_from(data: dict[str, Any]) -> LabResult:
    checks = [CheckResult(**check) for check in data["checks"]]
    return LabResult(data["lab"], checks, data["max_score"], data["duration_s"])


_SIGNS = {PASSED: "✔", FAILED: "✘", INCONCLUSIVE: "?", NOT_GRADABLE: "!"}


def _lines(lab: LabResult) -> Iterator[str]:
    """A lab as text, with the losing schedules: what a notebook and a terminal show."""
    from workerlab.draw import evidence_text

    yield f"{lab.lab}: {lab.score:g} of {lab.max_score:g} points in {lab.duration_s:.1f} s"
    for check in lab.checks:
        points = f"{check.points:g}/{check.max_points:g}"
        yield f"  {_SIGNS.get(check.status, ' ')} {check.id:<30} {points:>8}  {check.title}"
        if check.status != PASSED:
            earlier = told_before(check, lab.checks)
            yield from (f"      {line}" for line in message_of(check, earlier).splitlines())
            if check.evidence and not earlier:
                yield from (f"      {line}" for line in evidence_text(check.evidence).splitlines())
        elif check.classes:
            yield f"      {all_classes_in_words(check.classes)}"


def all_classes_in_words(found: list[Classes]) -> str:
    """What the searches of a check have run: each program's classes, the same words once."""
    return "; ".join(dict.fromkeys(map(classes_in_words, found)))
