"""The part of a result that a student may see: no seed, no text for the instructor."""

from __future__ import annotations

from dataclasses import replace
from typing import overload

from workerlab.evidence import Evidence
from workerlab.grading.result import LabResult

REMOVED = "…"


def for_student(lab: LabResult, seed: int) -> LabResult:
    """A copy of a result without instructor messages, and without the seed in any of its texts."""
    checks = [
        replace(
            check,
            message=without_seed(check.message, seed),
            instructor_message="",
            by_hand="",
            evidence=without_seed(check.evidence, seed),
        )
        for check in lab.checks
    ]
    return replace(lab, checks=checks)


@overload
def without_seed(value: str, seed: int) -> str: ...
@overload
def without_seed(value: Evidence | None, seed: int) -> Evidence | None: ...
@overload
def without_seed(value: object, seed: int) -> object: ...
def without_seed(value: object, seed: int) -> object:
    """A value of JSON without keys named seed, and without the seed's number in any text.

    >>> without_seed({"seed": 1234567890, "note": ["with seed 1234567890"]}, 1234567890)
    {'note': ['with seed …']}
    """
    match value:
        case dict():
            return {
                without_seed(key, seed): without_seed(item, seed)
                for key, item in value.items()
                if key != "seed"
            }
        case list() | tuple():
            return [without_seed(item, seed) for item in value]
        case str() if seed > 9:  # a digit alone stands everywhere, and reveals nothing
            return value.replace(str(seed), REMOVED)
        case int() if value == seed > 9 and not isinstance(value, bool):
            return None
    return value
