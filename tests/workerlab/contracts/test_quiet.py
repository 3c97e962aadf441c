"""One job after the other, while jobs that were posted earlier are not done yet."""

from __future__ import annotations

import sys

import pytest
from stages import a_stage, mutant

from workerlab.contracts.once.quiet import FOUND_S, SLOW_S, one_job_after_the_other
from workerlab.contracts.once.sink import FAIL

EARLIER = int(FOUND_S / SLOW_S) + 3  # held up one after the other, they would keep the next one


@pytest.mark.skipif(sys.platform != "linux", reason="which worker has called is read from /proc")
def test_a_runner_that_still_has_earlier_jobs_is_not_held_up_by_them() -> None:
    with a_stage(mutant("right_leader")) as stage:
        with stage.answering(lambda _: FAIL):
            pid = stage.desk.pids[0]
            for _ in range(EARLIER):  # as the check before it posts them, who looks at no answer
                stage.desk.ask(pid, "POST", "/jobs", {"name": "a job"})
            stage.comes(lambda: len(stage.sink.calls) >= EARLIER, FOUND_S)
        one_job_after_the_other(stage)
