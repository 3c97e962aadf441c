"""The pytest plugin: turns graded checks into results, with `pytest tests/labs --submission PATH`.

Student code never runs here. It runs in workers; this process only asks and watches.
"""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from workerlab.errors import AppDidNotStart, NotReady, ServiceMissing, WorkerlabError
from workerlab.grading import stores
from workerlab.grading.api import MARK, STARTS, CheckFailed, CheckInconclusive, CheckInfo
from workerlab.grading.result import FAILED, INCONCLUSIVE, NOT_GRADABLE, PASSED, CheckResult
from workerlab.grading.stash import CLASSES, PROGRESS, SHOWN, TRIED, new_tally
from workerlab.grading.submission import SubmissionError

pytest_plugins = ["workerlab.grading.fixtures", "workerlab.grading.searches"]

_THEIRS = (AppDidNotStart, NotReady, SubmissionError)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("workerlab", "graded checks")
    group.addoption("--submission", type=Path, help="what is graded, laid out like labs/")
    group.addoption("--seed", type=int, default=1, help="for the random part of a search")
    group.addoption("--quick", action="store_true", help="only the quick checks")
    group.addoption("--only", action="append", default=[], help="only the check of this id")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    only, quick = config.getoption("only"), config.getoption("quick")

    def wanted(item: pytest.Item) -> bool:
        info = info_of(item)
        return info is None or ((not only or info.id in only) and (info.quick or not quick))

    config.hook.pytest_deselected(items=[item for item in items if not wanted(item)])
    items[:] = [item for item in items if wanted(item)]


def info_of(item: pytest.Item) -> CheckInfo | None:
    """The check that a test is, or None."""
    return getattr(getattr(item, "obj", None), MARK, None)


class Collector:
    """Collects a CheckResult for each graded check, and reports each as it comes."""

    def __init__(self, on_event: Callable[[str, object], None] = lambda kind, what: None) -> None:
        self.results: list[CheckResult] = []
        self.broken: Exception | None = None  # the error of a listener
        self._on_event = on_event

    def on_event(self, kind: str, what: object) -> None:
        """Report; when that fails (a pipe that is closed at the other end), end the grading."""
        try:
            self._on_event(kind, what)
        except Exception as error:  # noqa: BLE001 (raised again by the caller of the grading)
            self.broken = error
            pytest.exit("no listener is left")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if info := info_of(item):
            item.stash[TRIED] = new_tally()
            item.config.stash[PROGRESS] = lambda text: self.on_event("progress", text)
            self.on_event("started", info)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        info = info_of(item)
        error = call.excinfo.value if call.excinfo else None
        if info and (call.when == "call" or (call.when == "setup" and error is not None)):
            result = judged(info, error, call.excinfo)
            result.tried = item.stash.get(TRIED, new_tally())
            result.classes = item.stash.get(CLASSES, [])
            if result.status == PASSED:
                result.evidence = item.stash.get(SHOWN, None)
            self.results.append(result)
            self.on_event("finished", result)
        return report


def judged(
    info: CheckInfo,
    error: BaseException | None,
    excinfo: pytest.ExceptionInfo[BaseException] | None = None,
) -> CheckResult:
    """The result of a check that ended with this exception, or with none."""
    result = CheckResult(info.id, info.title, PASSED, info.points, info.points)
    if error is None:
        return result
    result.points = 0.0
    result.instructor_message = str(excinfo.getrepr(style="short")) if excinfo else repr(error)
    match error:
        case CheckFailed():
            result.status, result.evidence = FAILED, error.evidence
            result.message = str(error)
        case AssertionError():
            result.status, result.message = FAILED, _first_sentence(error)
        case CheckInconclusive():
            result.status, result.message = INCONCLUSIVE, str(error)
        case SubmissionError() | AppDidNotStart() | NotReady():
            result.status, result.message = FAILED, _reported(error, info)
        case ServiceMissing() | WorkerlabError():
            result.status, result.message = (NOT_GRADABLE, f"{error}; {error.advice}".rstrip("; "))
        case _ if sentence := stores.explanation(error):
            result.status, result.message = FAILED, sentence
        case _:
            result.status = NOT_GRADABLE
            result.message = "the grader itself failed here; tell your instructor"
    return result


def _reported(error: WorkerlabError, info: CheckInfo) -> str:
    """An app that does not start is reported once, in full; the other checks point there."""
    if info.id != STARTS and isinstance(error, AppDidNotStart | SubmissionError):
        return f"this needs an app that starts: {error}"
    if info.id != STARTS:
        return "\n".join(filter(None, [str(error), error.advice]))
    lines = [str(error), *error.details.strip().splitlines()[-12:]]
    return "\n".join([*lines, error.advice]).strip()


def _first_sentence(error: AssertionError) -> str:
    """The check's own words, without what pytest adds: the expression, and two blanks before a line."""
    text = str(error)
    own, added, _ = text.partition("\nassert ")
    if own.startswith("assert "):
        return "this check does not hold"
    if added:
        own = own.replace("\n  ", "\n")
    return own.strip() or "this check does not hold"
