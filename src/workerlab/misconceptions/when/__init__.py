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
    from workerlab.misconceptions.when.stores import (
        codes_after_an_outage,
        codes_of_two,
        computations,
        count_after_a_crash,
        count_after_a_death,
        count_after_a_rollback,
        next_after_a_death,
        number_read,
        read_by_the_other,
        readers,
        returned_by_adding,
        slow_holder,
        starts_with_forkserver,
        still_runs,
        verdict_after_a_death,
        ways_that_hold,
        whose_reply,
        workers_started,
    )

__all__ = [
    "busiest",
    "checks_passed",
    "codes_after_an_outage",
    "codes_of_two",
    "computations",
    "count_after_a_crash",
    "count_after_a_death",
    "count_after_a_rollback",
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
    "next_after_a_death",
    "number_read",
    "obeying",
    "orders",
    "outlives",
    "pids_that_differ",
    "ports",
    "read_by_the_other",
    "readers",
    "responses_and_report",
    "returned_by_adding",
    "slow_holder",
    "starts_with_forkserver",
    "still_runs",
    "survives_an_interrupt",
    "taking_part",
    "times_slower",
    "verdict",
    "verdict_after_a_death",
    "ways_that_hold",
    "whose_reply",
    "workers_started",
]
_HOMES = {
    "processes": """busiest checks_passed counts counts_of_each imports instead_of
        kept_after_a_start met_on_one_connection obeying outlives
        pids_that_differ ports survives_an_interrupt taking_part times_slower""",
    "steps": """count_after_burst count_at_worst loses_where losing_orders orders
        responses_and_report verdict""",
    "stores": """codes_after_an_outage codes_of_two computations count_after_a_crash
        count_after_a_death count_after_a_rollback next_after_a_death
        number_read read_by_the_other readers returned_by_adding slow_holder
        starts_with_forkserver still_runs verdict_after_a_death ways_that_hold
        whose_reply workers_started""",
}
__getattr__ = lazy(
    __name__,
    {
        name: f"workerlab.misconceptions.when.{home}"
        for home, names in _HOMES.items()
        for name in names.split()
    },
)
