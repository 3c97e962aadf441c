"""`kill -9` of whatever grades, regrades or exports a class: nothing lost, doubled or different.

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

    group = crashes.Class(tmp_path, 6)
    found = crashes.crash(group, submissions=6, kills=8, seed=7)
    assert found.wrong == []
    assert found.kills == 8 and found.busy > 1 and max(found.repeated) <= crashes.CHECKS
    later = crashes.crash_later(group, 6, 7, tell=print)
    assert later.wrong == [] and later.kills == 6 and {*later.of} == {"regrade", "export"}
