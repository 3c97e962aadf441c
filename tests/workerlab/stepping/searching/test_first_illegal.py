"""Whose answer is the first that fits no order."""

from dataclasses import replace

import pytest

from workerlab.history import Event, History
from workerlab.stepping import Program
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.program import Request
from workerlab.stepping.searching.evidence import evidence_of
from workerlab.stepping.searching.first_illegal import first_illegal_response
from workerlab.stepping.searching.oracle import Oracle, Violation

INCREMENTS = Program.parse(
    "POST /increment | POST /increment", before="POST /reset", after="GET /report"
)


def history(*answers):
    """Two increments under way from 1 on, then a report; (client, count, returned) each."""
    events = [Event("-", "POST", "/reset", None, -2.0, -1.0, 200, {"count": 0}, 1)]
    for client, count, returned in answers:
        method, path = ("GET", "/report") if client == "report" else ("POST", "/increment")
        called = 8.0 if client == "report" else 1.0
        status = None if returned is None else 200
        output = None if returned is None else {"count": count}
        events.append(Event(client, method, path, None, called, returned, status, output, 1))
    return History(events)


@pytest.mark.parametrize(
    ("answers", "culprit"),
    [
        ([("A", 1, 4.0), ("B", 2, 5.0), ("report", 2, 9.0)], None),
        ([("A", 1, 5.0), ("B", 1, 4.0), ("report", 1, 9.0)], "A"),
        ([("A", 1, 4.0), ("B", 1, 5.0), ("report", 1, 9.0)], "B"),
        ([("A", 1, 4.0), ("B", 2, 5.0), ("report", 1, 9.0)], "report"),
        ([("A", 7, 4.0), ("B", 1, 5.0), ("report", 2, 9.0)], "A"),
        ([("A", 2, 4.0), ("B", 1, 5.0), ("report", 2, 9.0)], None),  # B was under way before
        ([("A", 1, 4.0), ("B", None, None), ("report", 1, 9.0)], None),  # B never took effect
        ([("A", 1, 4.0), ("B", None, None), ("report", 3, 9.0)], "report"),
    ],
)
def test_the_first_answer_that_fits_no_order(answers, culprit):
    found = first_illegal_response(INCREMENTS, history(*answers))
    assert (found and found.client) == culprit


def test_an_error_fits_no_order():
    events = history(("A", 1, 4.0))
    events.append(Event("B", "POST", "/increment", None, 1.0, 5.0, 500, "no", 1))
    assert first_illegal_response(INCREMENTS, events).client == "B"


def test_without_a_model_it_is_unknown():
    program = Program.parse("POST /increment | POST /increment", model="serial")
    assert first_illegal_response(program, history(("A", 1, 5.0), ("B", 1, 4.0))) is None


def test_what_comes_before_the_requests_has_no_place_in_the_evidence():
    events = history(("A", 1, 4.0), ("B", 2, 5.0))
    events[0] = replace(events[0], output={"count": 5})
    assert first_illegal_response(INCREMENTS, events).client == "-"
    assert "breaks" not in evidence_of(
        INCREMENTS, "", Trace(history=events), Violation("", ""), 0, 0
    )


@pytest.mark.parametrize(
    ("answers", "culprit"),
    [
        ([("A", 8, 4.0), ("B", 9, 5.0), ("report", 9, 9.0)], None),
        ([("A", 8, 4.0), ("B", 8, 5.0), ("report", 8, 9.0)], "B"),
        ([("A", 1, 4.0), ("B", 2, 5.0), ("report", 2, 9.0)], "A"),  # it stood at 7
    ],
)
def test_a_counter_that_is_asked_first_goes_on_from_there(answers, culprit):
    program = replace(INCREMENTS, before=(Request("GET", "/report"),))
    asked = Event("-", "GET", "/report", None, -2.0, -1.0, 200, {"count": 7}, 1)
    seen = History([asked, *history(*answers)[1:]])
    found = first_illegal_response(program, seen)
    assert (found and found.client) == culprit
    violation = Oracle(program).violation(seen)
    assert (violation is None) == (culprit is None)
    if violation:
        start = "the count was 7 before; every order gives A 8, B 9, report 9 or A 9, B 8"
        assert violation.expected.startswith(start)


def test_whatever_is_asked_of_every_worker_afterwards_has_a_name_of_its_own():
    program = replace(INCREMENTS, after=(Request("GET", "/report"),) * 4)
    assert program.last_names == ["report", "report 2", "report 3", "report 4"]
