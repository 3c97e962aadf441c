"""What people believe about workers, as small models that can be asked, and what refutes them.

`CATALOGUE` has them all; `when` has the situations that a chapter asks about; `options` works out
what each model foretells in one. Names load on first use.
"""

from typing import TYPE_CHECKING

from workerlab._lazy import lazy

if TYPE_CHECKING:
    from workerlab.misconceptions.catalogue import CATALOGUE
    from workerlab.misconceptions.model import Misconception, Option, Situation, options
    from workerlab.misconceptions.world import World

__all__ = ["CATALOGUE", "Misconception", "Option", "Situation", "World", "options"]
__getattr__ = lazy(
    __name__,
    {
        "CATALOGUE": "workerlab.misconceptions.catalogue",
        "Misconception": "workerlab.misconceptions.model",
        "Option": "workerlab.misconceptions.model",
        "Situation": "workerlab.misconceptions.model",
        "World": "workerlab.misconceptions.world",
        "options": "workerlab.misconceptions.model",
    },
)
