"""A few of the hostile submissions, in every run of the suite; `make hostile` grades them all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from workerlab.grading.batch.isolation import why_not

HOSTILE = Path(__file__).parents[3] / "hostile"
FEW = ("exits_at_import", "double_forks_a_daemon", "reads_the_graders_memory", "zip_with_links")
FEW += ("removes_the_tracer", "right_only_when_traced")


def test_the_corpus_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HOSTILE))
    from corpus import corpus

    names = [one.name for one in corpus()]
    assert len(names) >= 40 and len({*names}) == len(names) and {*FEW} < {*names}


@pytest.mark.nightly
@pytest.mark.skipif(bool(why_not()), reason=f"only an isolated class is attacked: {why_not()}")
def test_a_few_hostile_submissions() -> None:
    """A process of its own, as `make hostile` is: nothing of it is this run's."""
    wanted = " or ".join(f"[{name}]" for name in FEW)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, str(HOSTILE / "test_hostile.py"), "-k", wanted], capture_output=True, text=True
    )
    assert done.returncode == 0 and f"{len(FEW)} passed" in done.stdout, done.stdout
