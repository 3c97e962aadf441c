"""The standard checks of the counter contract, for all counter labs: ids as in the design.

Each asks real workers over HTTP. An error is an AssertionError whose message is for the
student. `tried` counts the requests.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from workerlab.contracts.counter import REPORT, Caller, caller, each_worker
from workerlab.grading.api import CheckFailed, CheckInconclusive
from workerlab.grading.behind.full_speed import TWO_INCREMENTS
from workerlab.servers import Server
from workerlab.verdict import Verdict


def starts(server: Server, tried: dict[str, int]) -> None:
    """Every worker answers, with any body."""
    with each_worker(server, tried) as workers:
        for worker in workers:
            worker.ask(REPORT)  # any response


def follows_the_contract(server: Server, tried: dict[str, int]) -> None:
    """One client, one worker, one request after the other."""
    with each_worker(server, tried) as (worker, *_):
        first = worker.reset()
        assert first == 0, f"POST /reset answered a count of {first}, not 0"
        for n in (1, 2, 3):
            got = worker.increment()
            assert got == n, f"increment number {n} after a reset answered {got}, not {n}"
        got = worker.report()
        assert got == 3, f"after three increments, one after the other, the report says {got}"
        both = worker.reset(), worker.report()
        assert both == (0, 0), f"a reset answered {both[0]} and the report after it says {both[1]}"


def one_object_for_all_workers(server: Server, tried: dict[str, int]) -> None:
    """The others report the count of one worker, and go on from it."""
    with each_worker(server, tried) as workers:
        first = [
            worker.report() for worker in workers
        ]  # a worker that keeps a copy, keeps this one
        count = first[0]
        message = f"the workers do not share one count: before any increment they report {first}"
        assert first == [count] * len(first), message
        for worker in workers:
            count += 1
            got = worker.increment()
            assert got == count, (
                f"the workers do not share one count: it was {count - 1}, and the increment of "
                f"another worker answered {got}"
            )
        reports = [worker.report() for worker in workers]
    message = f"the workers do not report one count: it is {count}, and they report {reports}"
    assert reports == [count] * len(reports), message


def reset_reaches_every_worker(server: Server, tried: dict[str, int]) -> None:
    """After one reset, on the first worker and on the last, all are at zero."""
    with each_worker(server, tried) as workers:
        for resetting in (workers[0], workers[-1]):
            for worker in workers:
                worker.increment()
            resetting.reset()
            reports = [worker.report() for worker in workers]
            unreached = "one reset did not reach every worker: after it the"
            assert not any(reports), f"{unreached} workers report {reports}, not zeros"
            counted = [worker.increment() for worker in workers]
            right = [*range(1, len(workers) + 1)]
            assert counted == right, f"{unreached} increments answer {counted}, not {right}"


def reads_its_settings(here: Caller, there: Caller, *, setting: str, place: str) -> None:
    """Two servers whose `setting` differs count apart.

    Only increments count here, not reports: a remembered report is the subject of another check.

    place   where the second one keeps its count, in words
    """
    before, start = here.increment(), there.increment()
    counted, after = [there.increment() for _ in range(3)], here.increment()
    right = [start + 1, start + 2, start + 3]
    assert counted == right, f"{place}, after {start}, three increments answer {counted}"
    assert after == before + 1, f"two servers with different {setting}s share one count"


def no_lost_update(search: Callable[..., Verdict], **budget: Any) -> None:
    """No schedule loses: of two increments, nor of an increment and a reset.

    search   the fixture of that name, and `budget` its seconds
    """
    frames = {
        TWO_INCREMENTS: "POST /reset",
        "POST /increment | POST /reset": "POST /reset | POST /increment",
    }
    unclear: list[CheckInconclusive] = []
    for program, before in frames.items():
        try:
            search(program, before=before, after="GET /report", **budget)
        except CheckInconclusive as error:
            unclear.append(error)  # a loss that the other one shows says more
    if unclear:
        raise unclear[0]


def no_schedule_breaks_the_order(search: Callable[..., Verdict], **budget: Any) -> None:
    """A schedule that loses shows responses that fit no order: no burst must find them by luck.

    The schedules of `no_lost_update` are not tried again. Where they do not decide, a burst may.
    """
    try:
        no_lost_update(search, **budget)
    except CheckInconclusive:
        pass
    except CheckFailed as error:
        message = f"{error}\nThis shows it without a burst, so none was sent."
        raise CheckFailed(message, error.evidence) from None


def survives_a_quiet_night(
    server: Server, night: Callable[[], AbstractContextManager[None]], tried: dict[str, int]
) -> None:
    """Nothing of the count expires, whichever request has given it a time-to-live.

    night   the fixture of that name
    """
    with each_worker(server, tried) as workers:
        workers[0].reset()
        for worker in workers:
            evening = worker.increment()
        for worker in workers:
            worker.report()
        with night():
            reports = [worker.report() for worker in workers]
            message = (
                f"the count changed without a request: it was {evening}, and now the workers "
                f"report {reports}"
            )
            assert reports == [evening] * len(reports), message
            got = workers[-1].increment()
            assert got == evening + 1, f"after {evening} an increment answers {got}"


def shared_between_instances(server: Server, second: Server, tried: dict[str, int]) -> None:
    """Two servers of the same app, beside each other, count together."""
    with caller(server, tried) as one, caller(second, tried) as other:
        start = one.report()
        got = [one.increment(), other.increment(), one.increment()]
        right = [start + 1, start + 2, start + 3]
        assert got == right, (
            f"the two instances do not share one count: from {start} on, increments on the first, "
            f"the second and the first again answered {got}, not {right}"
        )
        reports = [one.report(), other.report()]
        assert reports == [start + 3] * 2, f"at {start + 3} the two instances report {reports}"
        other.reset()
        reports = [one.report(), other.report()]
        assert reports == [0, 0], f"after a reset on one of them, the instances report {reports}"


def leaves_nothing_behind(server: Server, tried: dict[str, int]) -> None:
    """Stops the server: so this is the last check that needs it."""
    with each_worker(server, tried) as workers:
        for worker in workers:
            worker.increment()
    server.close()
    left = ", ".join(server.left_behind)
    assert not left, f"the server was stopped, and these processes live on: {left}"


def survives_a_restart(instance: Server, tried: dict[str, int]) -> None:
    """`instance` must be the only one by now: no other process can restore what it forgets.

    That includes a reset, after any requests.
    """
    with caller(instance, tried) as before:
        before.reset()
        for _ in range(3):
            count = before.increment()
    instance.restart()
    with caller(instance, tried) as after:
        got = after.report()
        message = (
            f"the count did not survive a restart: the last increment answered {count}, and "
            f"after the restart the report is {got}"
        )
        assert got == count, message
        got = after.increment()
        assert got == count + 1, f"the increment after a restart answered {got}, not {count + 1}"
