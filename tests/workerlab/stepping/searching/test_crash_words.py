"""What a report says after a crash: the kind of fault first, then what was seen, nothing twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workerlab.history import Event, History
from workerlab.stepping.program import Program
from workerlab.stepping.searching.crash_points import in_words, violation_after_a_crash

COUNTER = Program.parse("POST /increment", before="POST /reset", after="GET /report")
ANN = 'POST /bookings {"seat": "1A", "name": "Ann", "key": "k1"}'
BOOKING = Program.parse(ANN, before="POST /reset", after="GET /report", model="bookings")


def answered(method: str, path: str, status: int, output: object, client: str = "-") -> Event:
    return Event(client, method, path, returned=0.1, status=status, output=output)


def reported(program: Program, *events: Event) -> list[str]:
    """The lines of the report for a worker that was killed at its line 7."""
    killed = Event("A", "POST", program.requests[0].path, input=program.requests[0].body)
    violation = violation_after_a_crash(program, History([killed, *events]), deadline=10.0)
    assert violation is not None
    return in_words(violation, "before line 7: add()").split("\n")


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (Event("-", "GET", "/report", error="TimeoutError"), "then a request got no answer"),
        (answered("GET", "/report", 500, "no"), "then a request failed"),
        (answered("GET", "/report", 200, {"count": 2}), "what it had done was lost, half done, or"),
    ],
)
def test_the_first_line_is_the_kind_of_fault(event, kind) -> None:
    first, second = reported(COUNTER, event)
    assert first.startswith(f"A worker was killed, and {kind}")
    assert second.startswith("It was killed before line 7: add(). Then: ")


def test_a_long_answer_is_said_once() -> None:
    taken = {"detail": "the seat 1A has been taken by somebody else"}
    wish = BOOKING.requests[0].body
    tries = [replace(answered("POST", "/bookings", 409, taken), input=wish) for _ in range(3)]
    _, second = reported(BOOKING, *tries)
    assert second.count("somebody else") == 1 and second.count("bookings as before") == 2
