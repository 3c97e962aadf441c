"""workerlab: one object, many workers, and the schedule that loses an update.

The names below load on first use, because every worker process imports this
package when it starts and must not pay for what only the grader needs.
"""

import sys
from typing import TYPE_CHECKING

from workerlab._lazy import lazy

if TYPE_CHECKING:
    from workerlab.grading.check_lab import check
    from workerlab.notebook.widget import live
    from workerlab.questions.asking import assert_no_race
    from workerlab.servers.server import serve
    from workerlab.stepping.explore import explore
    from workerlab.traffic import burst

__all__ = ["assert_no_race", "burst", "check", "explore", "live", "serve"]
__getattr__ = lazy(
    __name__,
    {
        "assert_no_race": "workerlab.questions.asking",
        "burst": "workerlab.traffic",
        "check": "workerlab.grading.check_lab",
        "explore": "workerlab.stepping.explore",
        "live": "workerlab.notebook.widget",
        "serve": "workerlab.servers.server",
    },
)

if "IPython" in sys.modules:  # never in a worker
    from workerlab.notebook.formatters import register

    register()
