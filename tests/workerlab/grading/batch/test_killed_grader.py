"""`kill -9` of the grader of a class, again and again: nothing lost, doubled or different.

`make crashes` is the same with 100 kills of a class of 50.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]


@pytest.mark.nightly
def test_a_grader_that_is_killed_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import crashes

    found = crashes.crash(tmp_path, submissions=6, kills=8, seed=7)
    assert found.wrong == []
    assert found.kills == 8 and found.busy > 1 and max(found.repeated) <= crashes.CHECKS
