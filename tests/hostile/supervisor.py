"""`python supervisor.py HANDED_IN OUT LAB SEED BUDGET JOBS TIMES`: grade a class, as the command would.

It is a process of its own, so that a submission that kills its grader kills no test. It adopts,
as a subreaper, what its grading processes leave behind. The file TIMES says when each began and
ended.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from corpus import NEIGHBOURS, PATIENT, corpus

from workerlab.grading.batch.grading import GradingProcess
from workerlab.grading.batch.runner import grade_class
from workerlab.processes.tree import PR_SET_CHILD_SUBREAPER, process_control

HONEST_S = 180.0  # seconds


def main() -> None:
    handed_in, out, lab, seed, budget, jobs, times = sys.argv[1:]
    process_control(PR_SET_CHILD_SUBREAPER, 1)
    patient = {*NEIGHBOURS, *(one.name for one in corpus() if one.group in PATIENT)}

    class Timed(GradingProcess):
        """An honest submission has all the time it needs, however slow this machine is.

        And so has one that hides from the search: it is to be found out, not to be ended.
        """

        def __init__(self, job, *, budget: float, **told) -> None:
            waits = job.student.partition("-")[2] in patient
            super().__init__(job, budget=max(budget, HONEST_S) if waits else budget, **told)

        def run(self, *told) -> float:
            began = time.time()
            try:
                return super().run(*told)
            finally:
                line = {"student": self.job.student, "began": began, "ended": time.time()}
                with open(times, "a") as file:
                    file.write(json.dumps(line) + "\n")

    options = {
        "jobs": int(jobs),
        "seed": int(seed),
        "budget": float(budget),
        "grading_process": Timed,
    }
    grade_class(Path(handed_in), Path(out), labs=[lab], **options)


if __name__ == "__main__":
    main()
