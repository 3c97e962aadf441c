"""What happened to bookings and settings, in one sentence: said only where it is certain."""

from __future__ import annotations

import pytest

from workerlab.history import Event, History
from workerlab.stepping.program import Program
from workerlab.stepping.searching.in_a_sentence import in_a_sentence
from workerlab.stepping.searching.oracle import responses_in_words

ANN = 'POST /bookings {"seat": "1A", "name": "Ann", "key": "k1"}'
BOB = 'POST /bookings {"seat": "1A", "name": "Bob", "key": "k2"}'
CANCEL = "DELETE /bookings/1"
NOBODY = {"free": 60, "booked": {}, "sold": 0}
SOMEBODY = {"free": 59, "booked": {"1A": "Ann"}, "sold": 1}
TWICE = "The seat 1A was sold twice."
OWN = "A request that was sent twice was refused: the seat 1A was its own."
ADDED = "The numbers of a report do not add up."
LOST = "A booking was lost: Ann has the seat 1A, and nobody has cancelled it."


def ran(program: Program, statuses: tuple[int, ...], *last: object) -> History:
    """A run in which the requests were answered so, and the last ones read this."""
    events = []
    for number, (request, status) in enumerate(zip(program.requests, statuses, strict=True), 1):
        body = {**request.body, "id": number} if status == 201 else {}
        events.append(
            Event(
                program.names[number - 1],
                request.method,
                request.path,
                input=request.body,
                returned=0.1,
                status=status,
                output=body,
            )
        )
    path = program.after[0].path
    events += [
        Event("last", "GET", path, called=0.2, returned=0.3, status=200, output=one) for one in last
    ]
    return History(events)


@pytest.mark.parametrize(
    ("requests", "statuses", "report", "sentence"),
    [
        ((ANN, BOB), (201, 201), SOMEBODY, TWICE),
        ((ANN, BOB), (201, 201), SOMEBODY | {"sold": 2}, TWICE),
        ((ANN, BOB), (201, 409), SOMEBODY, ""),
        ((ANN, ANN), (201, 409), SOMEBODY, OWN),
        ((ANN, ANN), (201, 200), SOMEBODY, ""),
        ((ANN, BOB), (201, 409), SOMEBODY | {"sold": 2}, ADDED),
        ((ANN, BOB), (201, 409), NOBODY, LOST),
        ((ANN, CANCEL), (201, 204), NOBODY, ""),
        ((ANN, CANCEL, BOB), (201, 204, 201), SOMEBODY, ""),
        ((ANN, "POST /reset"), (201, 200), NOBODY, ""),
        ((ANN, "POST /reset", BOB), (201, 200, 201), SOMEBODY, ""),
    ],
)
def test_of_bookings(requests, statuses, report, sentence) -> None:
    program = Program.parse(" | ".join(requests), after="GET /report", model="bookings")
    assert in_a_sentence(program, ran(program, statuses, report)) == sentence


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (("new", "new"), ""),
        (("new", "old", "new"), 'The workers disagree: they have "new" and "old".'),
        ((None, True), "The workers disagree: they have null and true."),
    ],
)
def test_of_settings(values, sentence) -> None:
    program = Program.parse('PUT /settings {"value": 1}', after="GET /settings", model="settings")
    last = [{"value": value} for value in values]
    assert in_a_sentence(program, ran(program, (200,), *last)) == sentence


def test_reports_that_say_the_same_are_said_once() -> None:
    program = Program.parse("POST /increment", after="GET /report")
    events = [Event("-", "POST", "/reset", returned=0.1, status=200, output={"count": 0})]
    events += [
        Event("last", "GET", "/report", returned=0.2, status=200, output={"count": count})
        for count in (1, 1, 0, 1)
    ]
    said = responses_in_words(History(events), program)
    assert said == "report says 1 (2 times), report says 0, report says 1"
