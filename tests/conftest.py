"""The site, built once for all the tests that look at it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import make
import pytest
from executed import CHAPTERS, kept
from staging import stage

FEW = ("00-start-here", "03-lost-updates")  # quick; the second has players in it


@dataclass(frozen=True)
class Site:
    """The folder of the pages, what Sphinx complained about, and which chapters have outputs."""

    folder: Path
    complaints: str
    executed: list[str]


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """All pages. The chapters have the outputs that tests/notebooks/test_run.py has kept.

    Of those that it has not executed since something changed, two are executed here.
    """
    missing = [path for path in CHAPTERS if kept(path) is None]
    if missing:
        now = [path for path in missing if path.stem in FEW]
        say = request.config.pluginmanager.get_plugin("terminalreporter").write_line
        say(f"\nsite: {len(missing)} chapters have no outputs that are still true", bold=True)
        say(f"site: executing {len(now)} of them; tests/notebooks/test_run.py executes all")
        make.execute(now)
    folder = tmp_path_factory.mktemp("site")
    stage(folder / "source", make.chapters())
    complaints = make.write(folder / "source", folder / "pages", repository="")
    executed = [path.stem for path in CHAPTERS if kept(path) is not None]
    return Site(folder / "pages", complaints, executed)
