"""The situations that a chapter asks about: each is a function of a few numbers.

`when.counts(workers=2, increments=1)` is what `predict` takes; it works out what each mental
model foretells. Names load on first use.
"""

from typing import TYPE_CHECKING

from workerlab._lazy import lazy

if TYPE_CHECKING:
    from workerlab.misconceptions.when.jobs import (
        late_holder,
        letters_after_a_crash,
        letters_sent,
        orders_not_told,
        price_after_a_start,
    )
    from workerlab.misconceptions.when.locks import (
        endpoints_that_lose,
        inside_together,
        left_without_a_gil,
        locks_between_workers,
        loops_that_keep_all,
    )
    from workerlab.misconceptions.when.messages import (
        answer_at_a_cut,
        answer_with_a_limit,
        asks_of_the_store,
        count_of_a_retry,
        counts_through_a_balancer,
        heard_first,
        heard_from_a_stream,
        lowest_in_files,
        more_than_acknowledged,
        numbers_in_order,
        published,
        put_when_one_dies,
        put_with_a_late_worker,
        remembered_at_the_start,
        reports_after_a_new_name,
        through_by_the_clock,
        two_hosts,
        updates_until_full,
        who_gets_it,
        who_hears,
        workers_that_say_all,
    )
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
        replaced_after_a_hang,
        survives_an_interrupt,
        taking_part,
        times_slower,
    )
    from workerlab.misconceptions.when.shops import (
        after_the_response,
        answers_for_one_seat,
        count_together,
        forgets_at_a_restart,
        key_is_known,
        promised,
        racing_pairs,
        ratio_to_itself,
        right_rows,
        sold_in_a_report,
        stuck_after_a_kill,
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
        codes_without_a_manager,
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
    "after_the_response",
    "answer_at_a_cut",
    "answer_with_a_limit",
    "answers_for_one_seat",
    "asks_of_the_store",
    "busiest",
    "checks_passed",
    "codes_after_an_outage",
    "codes_of_two",
    "codes_without_a_manager",
    "computations",
    "count_after_a_crash",
    "count_after_a_death",
    "count_after_a_rollback",
    "count_after_burst",
    "count_at_worst",
    "count_of_a_retry",
    "count_together",
    "counts",
    "counts_of_each",
    "counts_through_a_balancer",
    "endpoints_that_lose",
    "forgets_at_a_restart",
    "heard_first",
    "heard_from_a_stream",
    "imports",
    "inside_together",
    "instead_of",
    "kept_after_a_start",
    "key_is_known",
    "late_holder",
    "left_without_a_gil",
    "letters_after_a_crash",
    "letters_sent",
    "locks_between_workers",
    "loops_that_keep_all",
    "loses_where",
    "losing_orders",
    "lowest_in_files",
    "met_on_one_connection",
    "more_than_acknowledged",
    "next_after_a_death",
    "number_read",
    "numbers_in_order",
    "obeying",
    "orders",
    "orders_not_told",
    "outlives",
    "pids_that_differ",
    "ports",
    "price_after_a_start",
    "promised",
    "published",
    "put_when_one_dies",
    "put_with_a_late_worker",
    "racing_pairs",
    "ratio_to_itself",
    "read_by_the_other",
    "readers",
    "remembered_at_the_start",
    "replaced_after_a_hang",
    "reports_after_a_new_name",
    "responses_and_report",
    "returned_by_adding",
    "right_rows",
    "slow_holder",
    "sold_in_a_report",
    "starts_with_forkserver",
    "still_runs",
    "stuck_after_a_kill",
    "survives_an_interrupt",
    "taking_part",
    "through_by_the_clock",
    "times_slower",
    "two_hosts",
    "updates_until_full",
    "verdict",
    "verdict_after_a_death",
    "ways_that_hold",
    "who_gets_it",
    "who_hears",
    "whose_reply",
    "workers_started",
    "workers_that_say_all",
]
_HOMES = {
    "jobs": """late_holder letters_after_a_crash letters_sent orders_not_told
        price_after_a_start""",
    "locks": """endpoints_that_lose inside_together left_without_a_gil
        locks_between_workers loops_that_keep_all""",
    "messages": """answer_at_a_cut answer_with_a_limit asks_of_the_store count_of_a_retry
        counts_through_a_balancer heard_first heard_from_a_stream lowest_in_files more_than_acknowledged
        numbers_in_order published put_when_one_dies put_with_a_late_worker
        remembered_at_the_start reports_after_a_new_name through_by_the_clock
        two_hosts updates_until_full who_gets_it who_hears
        workers_that_say_all""",
    "processes": """busiest checks_passed counts counts_of_each imports instead_of
        kept_after_a_start met_on_one_connection obeying outlives
        pids_that_differ ports replaced_after_a_hang survives_an_interrupt taking_part
        times_slower""",
    "shops": """after_the_response answers_for_one_seat count_together
        forgets_at_a_restart key_is_known promised racing_pairs ratio_to_itself
        right_rows sold_in_a_report stuck_after_a_kill""",
    "steps": """count_after_burst count_at_worst loses_where losing_orders orders
        responses_and_report verdict""",
    "stores": """codes_after_an_outage codes_of_two codes_without_a_manager
        computations count_after_a_crash count_after_a_death
        count_after_a_rollback next_after_a_death number_read
        read_by_the_other readers returned_by_adding slow_holder
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
