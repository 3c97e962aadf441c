"""The stepping engine: hold real workers at the student's own lines and choose which moves next.

Names load on first use: a worker imports only its own part. To understand the
engine, read `program.py` and `worker/task.py` first.
"""

from typing import TYPE_CHECKING

from workerlab._lazy import lazy

if TYPE_CHECKING:
    from workerlab.stepping.controller.stepped_server import SteppedServer
    from workerlab.stepping.program import Program
    from workerlab.stepping.searching.crash_points import crash_points
    from workerlab.stepping.searching.replay import replay
    from workerlab.stepping.searching.search import search

__all__ = ["Program", "SteppedServer", "crash_points", "replay", "search"]
__getattr__ = lazy(
    __name__,
    {
        "Program": "workerlab.stepping.program",
        "SteppedServer": "workerlab.stepping.controller.stepped_server",
        "crash_points": "workerlab.stepping.searching.crash_points",
        "replay": "workerlab.stepping.searching.replay",
        "search": "workerlab.stepping.searching.search",
    },
)
