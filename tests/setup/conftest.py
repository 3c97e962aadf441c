"""What the tests of the measurements share."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def in_benchmarks(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[str], Callable[[str], ModuleType]]]:
    """in_benchmarks("beside")("cases") imports benchmarks/beside/cases.py, for this test alone."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    asked: set[str] = set()

    def package(name: str) -> Callable[[str], ModuleType]:
        asked.add(name)
        return lambda module: importlib.import_module(f"{name}.{module}")

    yield package
    for name in [name for name in sys.modules if name.partition(".")[0] in asked]:
        del sys.modules[name]
