"""Grade one lab: pytest on its checks, in this process, with nothing of the submission loaded."""

import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from workerlab.grading.api import CheckInfo, checks_of
from workerlab.grading.manifest import Manifest, root
from workerlab.grading.plugin import Collector
from workerlab.grading.result import NOT_GRADABLE, CheckResult, LabResult
from workerlab.grading.submission import locate
from workerlab.servers.templates import prepare

OnEvent = Callable[[str, object], None]
INTERRUPTED = 2  # pytest's exit status after Ctrl-C


def grade(
    lab: Manifest,
    submission: Path,
    *,
    quick: bool = False,
    seed: int = 1,
    only: Collection[str] | None = None,
    on_event: OnEvent = lambda kind, what: None,
) -> LabResult:
    """Run the checks of a lab on a submission.

    only       ids of the checks to run
    on_event   called with ("started", CheckInfo), ("progress", text) and ("finished", CheckResult)

    Raises BadUsage when there is no submission, KeyboardInterrupt when interrupted, and what
    `on_event` raises. Problems of the submission itself are in the result.
    """
    begin_to_import(lab, submission)
    planned = not_begun(lab, quick=quick, only=only)
    began = time.monotonic()
    collector = Collector(on_event)
    status = _pytest(lab, submission, quick, seed, only, collector)
    if collector.broken:
        raise collector.broken
    if status == INTERRUPTED:
        raise KeyboardInterrupt
    done = {result.id for result in collector.results}
    missing = [result for result in planned.checks if result.id not in done]
    for result in missing:
        on_event("finished", result)
    duration = time.monotonic() - began
    return LabResult(lab.name, [*collector.results, *missing], planned.max_score, duration)


def begin_to_import(lab: Manifest, submission: Path) -> None:
    """Have the libraries of its servers imported, while this process still reads its checks.

    Raises BadUsage when there is no submission.
    """
    place = locate(lab, submission)
    app = place if place.is_file() else place / "app.py"
    if lab.runner == "uvicorn" and app.is_file():
        prepare(app)


def not_begun(
    lab: Manifest, *, quick: bool = False, only: Collection[str] | None = None
) -> LabResult:
    """The result of a lab before any of its checks has run. Raises BadUsage."""
    chosen = [
        info
        for info in checks_of(lab)
        if (info.quick or not quick) and (not only or info.id in only)
    ]
    maximum = round(sum(info.points for info in chosen), 2)
    return LabResult(lab.name, [_not_run(info) for info in chosen], maximum)


def _not_run(info: CheckInfo) -> CheckResult:
    message = "the grader ended before this check; run it again"
    return CheckResult(info.id, info.title, NOT_GRADABLE, 0.0, info.points, message)


def _pytest(
    lab: Manifest,
    submission: Path,
    quick: bool,
    seed: int,
    only: Collection[str] | None,
    collector: Collector,
) -> int:
    arguments = [
        str(lab.tests),
        *("-c", os.devnull, "--rootdir", str(root()), "--import-mode=importlib"),
        *("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:logging", "--capture=sys"),
        *("-p", "no:unraisableexception"),  # which collects garbage five times at the end
        *("-p", "workerlab.grading.plugin"),
        *("--submission", str(submission.resolve()), "--seed", str(seed)),
        *(["--quick"] if quick else []),
        *(part for id_ in only or () for part in ("--only", id_)),
    ]
    with _no_other_plugins():
        return int(pytest.main(arguments, plugins=[collector]))


@contextmanager
def _no_other_plugins() -> Iterator[None]:
    """What else is installed here has no say in a verdict."""
    name = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
