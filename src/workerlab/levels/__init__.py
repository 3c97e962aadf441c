"""Be the scheduler: small levels to be played, all of whose schedules were recorded on real workers.

Names load on first use: none of this is needed by a worker.
"""

from typing import TYPE_CHECKING

from workerlab._lazy import lazy

if TYPE_CHECKING:
    from workerlab.levels.level import Level, load
    from workerlab.levels.page import fragment, framed
    from workerlab.levels.playing import State, best, par_of, schedules, state

__all__ = ["Level", "State", "best", "fragment", "framed", "load", "par_of", "schedules", "state"]
__getattr__ = lazy(
    __name__,
    {
        "Level": "workerlab.levels.level",
        "State": "workerlab.levels.playing",
        "best": "workerlab.levels.playing",
        "fragment": "workerlab.levels.page",
        "framed": "workerlab.levels.page",
        "load": "workerlab.levels.level",
        "par_of": "workerlab.levels.playing",
        "schedules": "workerlab.levels.playing",
        "state": "workerlab.levels.playing",
    },
)
