"""`make test` meets some cases of a kind, and CI and `make verify` meet them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from _pytest.mark.structures import ParameterSet


def mostly_further(
    cases: Iterable[object], meets: Callable[[object], bool]
) -> list[ParameterSet | object]:
    """The cases as parameters; those that `meets` refuses are not for `make test`.

    cases   each a value, or a tuple of several
    """
    return [case if meets(case) else _further(case) for case in cases]


def _further(case: object) -> ParameterSet:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.further)
