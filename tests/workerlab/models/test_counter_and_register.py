"""The sequential models, and how a history of the counter contract becomes operations."""

from __future__ import annotations

import math

import pytest

from workerlab.history import Event
from workerlab.models.bookings import bookings
from workerlab.models.counter import counter, counter_operations
from workerlab.models.register import register
from workerlab.models.registry import MODELS
from workerlab.models.setting import settings


def test_the_models_go_by_name():
    models = (counter, register, bookings, settings)
    assert {model.name: model for model in models} == MODELS
    assert [*MODELS] == ["counter", "register", "bookings", "settings"]


def test_a_counter_counts():
    assert counter.step(0, ("increment",), 1) == 1
    assert counter.step(5, ("report",), 5) == 5
    assert counter.step(5, ("reset",), 0) == 0
    assert counter.step(5, ("report",), None) == 5


def test_a_counter_refuses():
    assert counter.step(1, ("increment",), 1) is None
    assert counter.step(1, ("report",), 0) is None
    assert counter.step(1, ("reset",), 1) is None


def test_a_register_keeps_the_latest_write():
    assert register.step(0, ("write", "a"), "a") == "a"
    assert register.step("a", ("read",), "a") == "a"
    assert register.step("a", ("read",), "b") is None


@pytest.mark.parametrize("model", MODELS.values())
def test_an_operation_it_does_not_know_is_an_error(model):
    with pytest.raises(ValueError, match="knows no operation"):
        model.apply(0, ("dance",))
    with pytest.raises(ValueError, match="knows no operation"):
        register.apply(0, ("write", None))


def event(method, path, output=None, *, status=200, returned=2.0, error=None):
    return Event(0, method, path, None, 1.0, returned, status, output, 4711, error)


def only(event):
    (operation,) = counter_operations([event])
    assert operation.event is event
    return operation


def test_an_answer_becomes_its_count():
    operation = only(event("POST", "/increment", {"count": 3}))
    assert (operation.op, operation.output) == (("increment",), 3)
    assert (operation.called, operation.returned) == (1.0, 2.0)


@pytest.mark.parametrize(
    "body", [None, "", "<html>", {}, {"count": None}, {"count": True}, {"count": "1"}, [1], 1.5]
)
def test_an_answer_outside_the_contract_is_never_taken_for_legal_or_unknown(body):
    output = only(event("POST", "/increment", body)).output
    assert output is not None
    assert all(counter.step(state, ("increment",), output) is None for state in range(9))


@pytest.mark.parametrize("status", [500, 404, 302])
def test_an_error_leaves_the_outcome_unknown(status):
    operation = only(event("POST", "/increment", {"count": 1}, status=status))
    assert (operation.output, operation.returned) == (None, math.inf)


def test_no_answer_leaves_the_outcome_unknown():
    silent = event("POST", "/reset", status=None, returned=None, error="ReadTimeout")
    assert only(silent).returned == math.inf


@pytest.mark.parametrize(
    "event",
    [
        event("GET", "/report", status=500),
        event("GET", "/report", status=None, returned=None),
        event("GET", "/docs"),
        event("GET", "/increment"),
        event("POST", "/increment", status=None, returned=None, error="ConnectError"),
    ],
)
def test_what_says_nothing_about_the_counter_is_left_out(event):
    assert counter_operations([event]) == []
