"""A graded check is a test that carries its id, title, points and hints beside it."""

import importlib.util
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from workerlab.errors import BadUsage
from workerlab.evidence import Evidence
from workerlab.grading.manifest import Manifest

__all__ = ["CheckFailed", "CheckInconclusive"]

STARTS = "starts"  # the check that every lab has: the app starts
MARK = "workerlab_check"  # the attribute of a test that is a graded check
Test = TypeVar("Test", bound=Callable[..., object])


@dataclass(frozen=True)
class CheckInfo:
    """The id names the fault that the check is there for; three hints lead to the fix."""

    id: str
    title: str
    points: float
    hints: tuple[str, ...]
    quick: bool = False


class CheckFailed(AssertionError):
    """The submission does something wrong; `evidence` is the schedule that shows it."""

    def __init__(self, message: str, evidence: Evidence | None = None) -> None:
        super().__init__(message)
        self.evidence = evidence


class CheckInconclusive(Exception):
    """It could not be decided, and the text says what to do: never points, never a failure."""


class NotGradable(Exception):
    """The grader itself could not work."""


def check(
    id: str, *, title: str, points: float, hints: tuple[str, ...], quick: bool = False
) -> Callable[[Test], Test]:
    """Mark a test as a graded check.

    id       standard ids are listed in docs/design/grading.md
    title    the claim of the check, in the student's words
    points   out of the lab's ten
    hints    three steps, from a question to nearly the line
    quick    part of `workerlab check --quick`
    """
    info = CheckInfo(id, title, float(points), tuple(hints), quick)

    def marked(test: Test) -> Test:
        setattr(test, MARK, info)
        return test

    return marked


def checks_of(lab: Manifest) -> list[CheckInfo]:
    """The checks of a lab, in the order of its test file. Raises BadUsage when there is none."""
    if not lab.tests.is_file():
        raise BadUsage(f"{lab.name} has no checks", f"write them in {lab.tests}")
    spec = importlib.util.spec_from_file_location(f"checks_of_{lab.name}", lab.tests)
    assert spec and spec.loader  # as every .py file has
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tests = [value for value in vars(module).values() if hasattr(value, MARK)]
    tests.sort(key=lambda test: inspect.unwrap(test).__code__.co_firstlineno)
    return [getattr(test, MARK) for test in tests]
