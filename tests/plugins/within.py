"""A pytest plugin: what does not fit into so many seconds is left out, and says so.

    python -m pytest -p tests.plugins.within --within 600 --first-file 17 …

Which files come first is turned by `--first-file`, any number: so it is not always the same ones
that are left out, and each run is the same on all workers of pytest-xdist.
"""

from __future__ import annotations

import os
import time
from itertools import groupby

import pytest

UNTIL = "WORKERLAB_TESTS_UNTIL"  # for the workers of pytest-xdist, which begin later


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--within", type=float, help="seconds after which no further test begins")
    parser.addoption("--first-file", type=int, default=0, help="which file comes first")


def pytest_configure(config: pytest.Config) -> None:
    if (seconds := config.getoption("within")) is not None:
        os.environ.setdefault(UNTIL, str(time.time() + seconds))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    files = [[*group] for _, group in groupby(items, key=lambda item: item.path)]
    first = config.getoption("first_file") % max(1, len(files))
    items[:] = [item for file in files[first:] + files[:first] for item in file]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    if time.time() > float(os.environ.get(UNTIL, "inf")):
        pytest.skip("left out, since the time of this run is over")
