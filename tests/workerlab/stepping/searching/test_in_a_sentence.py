"""What happened, in one plain sentence: said only where it is certain, and then true."""

from __future__ import annotations

import pytest

from workerlab.history import Event, History
from workerlab.stepping.program import Program
from workerlab.stepping.searching.in_a_sentence import OF_ANOMALIES, in_a_sentence

TWO = Program.parse("POST /increment | POST /increment")
THREE = Program.parse("POST /increment | POST /increment | POST /increment")
RESET = Program.parse(
    "POST /increment | POST /reset", before="POST /reset | POST /increment", after="GET /report"
)
NO_REPORT = Program.parse("POST /increment | POST /increment", after="")


def ran(program: Program, *counts: int, reports: tuple[int, ...] = ()) -> History:
    """A run in which the requests were answered so, and asked so afterwards."""
    events = [Event("-", "POST", "/reset", status=200, output={"count": 0}, returned=0.1)]
    for name, request, count in zip(program.names, program.requests, counts, strict=True):
        events.append(answered(name, request.method, request.path, count))
    return History([*events, *(answered("after", "GET", "/report", one) for one in reports)])


def answered(client: str, method: str, path: str, count: int) -> Event:
    return Event(client, method, path, status=200, output={"count": count}, returned=0.2)


LOST = "One increment was lost: both were answered, and the report says 1, not 2."
TWO_LOST = "Two increments were lost: all 3 were answered, and the report says 1, not 3."
SAME = "Two increments were answered 1: one of them was told a count that is not its own."
STILL_COUNTED = (
    "An increment from before the reset is still counted: it was answered 2, and the report says "
    "1, not 0."
)
LOST_BY_A_RESET = "An increment was lost: it was answered 1, and the report says 0, not 1."
MORE = "Too much was counted: both were answered, and the report says 3, not 2."


@pytest.mark.parametrize(
    ("program", "counts", "reports", "sentence"),
    [
        (TWO, (1, 1), (1,), LOST),
        (THREE, (1, 1, 1), (1,), TWO_LOST),
        (TWO, (1, 1), (2,), SAME),
        (NO_REPORT, (1, 1), (), SAME),
        (TWO, (1, 2), (3,), MORE),
        (RESET, (2, 0), (2,), "The reset was undone: the report says 2, where 0 or 1 is right."),
        (RESET, (2, 0), (1,), STILL_COUNTED),
        (RESET, (1, 0), (0,), LOST_BY_A_RESET),
        (RESET, (2, 0), (0,), ""),
        (RESET, (1, 0), (1,), ""),
        (TWO, (1, 1), (1, 2), "The workers disagree: they report 1 and 2."),
        (TWO, (1, 2), (2,), ""),
    ],
)
def test_of_a_counter(program, counts, reports, sentence) -> None:
    assert in_a_sentence(program, ran(program, *counts, reports=reports)) == sentence


def test_a_request_that_failed_comes_first() -> None:
    run = ran(TWO, 1, 1, reports=(1,))
    run[1] = Event("A", "POST", "/increment", status=500, output="no", returned=0.2)
    assert in_a_sentence(TWO, run) == "POST /increment failed: it was answered 500."
    run[1] = Event("A", "POST", "/increment", error="TimeoutError")
    assert in_a_sentence(TWO, run) == "POST /increment got no answer."


def test_what_is_no_count_is_not_spoken_of() -> None:
    run = ran(TWO, 1, 1, reports=(1,))
    run[1] = Event("A", "POST", "/increment", status=200, output="<html>", returned=0.2)
    assert in_a_sentence(TWO, run) == ""
    before = Program.parse("POST /increment | POST /increment", before="")
    assert in_a_sentence(before, ran(before, 8, 8, reports=(8,))) == "", (
        "nobody said where it began"
    )


def test_of_another_service_only_the_anomaly_is_known() -> None:
    buys = Program.parse("POST /buy | POST /buy", before="", after="GET /left", model="serial")
    run = ran(buys, 1, 1)
    assert in_a_sentence(buys, run) == ""
    for name, sentence in OF_ANOMALIES.items():
        assert in_a_sentence(buys, run, name) == sentence and sentence.endswith(".")
