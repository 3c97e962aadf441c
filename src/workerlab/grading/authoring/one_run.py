"""`python -m workerlab.grading.authoring.one_run '{…}'`: one grading in a process of its own.

verify-labs runs many at once and takes nothing from them but the result file.
"""

import json
import sys
from typing import Any

from workerlab.errors import WorkerlabError
from workerlab.grading.check_lab import check


def grade(job: dict[str, Any]) -> int:
    """Grade a submission as the job says; the exit status."""
    try:
        return check(
            job["lab"],
            submission=job["submission"],
            only=tuple(job["only"]),
            quick=job["quick"],
            json=job["result"],
            remember=False,
        ).exit_status
    except WorkerlabError as error:
        print(f"{error}; {error.advice}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(grade(json.loads(sys.argv[1])))
