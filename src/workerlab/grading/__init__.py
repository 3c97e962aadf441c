"""Grading: one set of checks for a student, an instructor and CI.

A check is a pytest test in `tests/labs`, marked with `@check`. Names load on first use.
"""

from typing import TYPE_CHECKING

from workerlab._lazy import lazy

if TYPE_CHECKING:
    from workerlab.grading.api import CheckFailed, CheckInconclusive, NotGradable, check

__all__ = ["CheckFailed", "CheckInconclusive", "NotGradable", "check"]
__getattr__ = lazy(
    __name__,
    {
        "CheckFailed": "workerlab.grading.api",
        "CheckInconclusive": "workerlab.grading.api",
        "NotGradable": "workerlab.grading.api",
        "check": "workerlab.grading.api",
    },
)
