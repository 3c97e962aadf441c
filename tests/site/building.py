"""The site, built once for all the tests that look at it, in tests/site and tests/browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import make
import pytest
from executed import CHAPTERS, ROOT, kept
from staging import stage

FEW = ("00-start-here", "03-lost-updates")  # quick; the second has players in it
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
