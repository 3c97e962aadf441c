"""What a chapter shows: a file, a prediction beside its run, processes that go, a live schedule.

Names load on first use: none of this is needed by a worker.
"""

from typing import TYPE_CHECKING

from workerlab._lazy import lazy

if TYPE_CHECKING:
    from workerlab.notebook.display import Shown, alive, beside, gone, listing

__all__ = ["Shown", "alive", "beside", "gone", "listing"]
__getattr__ = lazy(
    __name__,
    {
        "Shown": "workerlab.notebook.display",
        "alive": "workerlab.notebook.display",
        "beside": "workerlab.notebook.display",
        "gone": "workerlab.notebook.display",
        "listing": "workerlab.notebook.display",
    },
)
