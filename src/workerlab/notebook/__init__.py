"""What a chapter shows: a file, a prediction and its outcome, a level, processes that go, a live schedule.

Names load on first use: none of this is needed by a worker.
"""

from typing import TYPE_CHECKING

from workerlab._lazy import lazy

if TYPE_CHECKING:
    from workerlab.notebook.display import Shown, alive, gone, listing
    from workerlab.notebook.levels import Game, level
    from workerlab.notebook.predicting import Prediction, predict

__all__ = ["Game", "Prediction", "Shown", "alive", "gone", "level", "listing", "predict"]
__getattr__ = lazy(
    __name__,
    {
        "Game": "workerlab.notebook.levels",
        "Prediction": "workerlab.notebook.predicting",
        "Shown": "workerlab.notebook.display",
        "alive": "workerlab.notebook.display",
        "gone": "workerlab.notebook.display",
        "level": "workerlab.notebook.levels",
        "listing": "workerlab.notebook.display",
        "predict": "workerlab.notebook.predicting",
    },
)
