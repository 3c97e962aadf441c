"""The situations that a chapter asks about: each is a function of a few numbers.

`when.counts(workers=2, increments=1)` is what `predict` takes; it works out what each mental
model foretells. Names load on first use.
"""

from typing import TYPE_CHECKING

from workerlab._lazy import lazy

if TYPE_CHECKING:
    from workerlab.misconceptions.when.processes import (
        busiest,
        checks_passed,
        counts,
        counts_of_each,
        imports,
        instead_of,
        kept_after_a_start,
        met_on_one_connection,
        obeying,
        outlives,
        pids_that_differ,
        ports,
        survives_an_interrupt,
        taking_part,
        times_slower,
    )
    from workerlab.misconceptions.when.steps import (
        count_after_burst,
        count_at_worst,
        loses_where,
        losing_orders,
        orders,
        responses_and_report,
        verdict,
    )

_HOMES = {
    "processes": """busiest checks_passed counts counts_of_each imports instead_of
        kept_after_a_start met_on_one_connection obeying outlives pids_that_differ ports
        survives_an_interrupt taking_part times_slower""",
    "steps": """count_after_burst count_at_worst losing_orders loses_where orders
        responses_and_report verdict""",
}

__all__ = [
    "busiest",
    "checks_passed",
    "count_after_burst",
    "count_at_worst",
    "counts",
    "counts_of_each",
    "imports",
    "instead_of",
    "kept_after_a_start",
    "loses_where",
    "losing_orders",
    "met_on_one_connection",
    "obeying",
    "orders",
    "outlives",
    "pids_that_differ",
    "ports",
    "responses_and_report",
    "survives_an_interrupt",
    "taking_part",
    "times_slower",
    "verdict",
]
__getattr__ = lazy(
    __name__,
    {
        name: f"workerlab.misconceptions.when.{home}"
        for home, names in _HOMES.items()
        for name in names.split()
    },
)
