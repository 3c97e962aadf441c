"""The site, built once for all the tests that look at it, in tests/site and tests/browser."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import make
import pytest
from executed import CHAPTERS, ROOT, kept
from staging import stage

FEW = ("00-start-here", "03-lost-updates")  # quick; the second has players in it
RECORD = "built.json"
FOLDER = ROOT / "build" / "site-of-the-tests"


@dataclass(frozen=True)
class Site:
    """The folder of the pages, what Sphinx complained about, and which chapters have outputs."""

    folder: Path
    complaints: str
    executed: list[str]


def site_of(request: pytest.FixtureRequest) -> Site:
    """All pages. The chapters have the outputs that tests/notebooks/test_run.py has kept.

    Of those that it has not executed since something changed, two are executed here, and said.
    """
    return _built(request.config.pluginmanager.get_plugin("terminalreporter").write_line)


@cache
def _built(say: Callable[[str], None]) -> Site:
    """Built once for a run, also when several processes share its tests."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with suppress(OSError, ValueError):
            built = json.loads((FOLDER / RECORD).read_text(encoding="utf-8"))
            if run and built["run"] == run:
                return Site(FOLDER / "pages", built["complaints"], built["executed"])
        site = _build(say)
        record = {"run": run, "complaints": site.complaints, "executed": site.executed}
        (FOLDER / RECORD).write_text(json.dumps(record), encoding="utf-8")
        return site


def _build(say: Callable[[str], None]) -> Site:
    missing = [path for path in CHAPTERS if kept(path) is None]
    if missing:
        now = [path for path in missing if path.stem in FEW]
        say(f"\nsite: {len(missing)} chapters have no outputs that are still true;")
        say(f"site: executing {len(now)} of them (tests/notebooks/test_run.py executes all)")
        make.execute(now)
    source = FOLDER / "source"
    stage(source, make.chapters())
    complaints = make.write(source, FOLDER / "pages", repository="")
    executed = [path.stem for path in CHAPTERS if kept(path) is not None]
    return Site(FOLDER / "pages", complaints, executed)
