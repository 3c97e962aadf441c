"""The model of lab 11: one value, and all workers tell the same."""

from __future__ import annotations

import pytest

from workerlab.history import Event
from workerlab.linearizability.check import check
from workerlab.models.setting import number_in, setting_operations, settings
from workerlab.stepping import Program
from workerlab.stepping.controller.casting import workers_listen


def put(value, called, returned, output=None, status=200):
    output = {"workers": 5} if output is None else output
    given = {"value": value}
    return Event("A", "PUT", "/settings", given, called, returned, status, output)


def get(value, called):
    return Event("B", "GET", "/settings", None, called, called + 1, 200, {"value": value})


@pytest.mark.parametrize(
    ("history", "legal"),
    [
        ([get(None, 0), put("a", 2, 3), get("a", 4), get("a", 6)], True),
        ([put("a", 0, 1), get(None, 2)], False),
        ([put("a", 0, 5), put("b", 1, 5), get("a", 6), get("a", 8)], True),
        ([put("a", 0, 5), put("b", 1, 5), get("a", 6), get("b", 8)], False),
        ([put("a", 0, 1), put("b", 2, 3), get("a", 4)], False),
        ([put(1, 0, 1), get(True, 2)], False),
        ([put(None, 0, 1), get(None, 2)], True),
        ([put("a", 0, 1, {"workers": 0})], False),
        ([put("a", 0, 1, {"value": "a"})], False),
    ],
)
def test_what_fits_one_order(history, legal):
    assert check(setting_operations(history), settings).ok is legal


def test_a_put_without_an_answer_may_have_changed_the_value_or_not():
    unknown = Event("A", "PUT", "/settings", {"value": "a"}, 0.0, error="Timeout")
    for seen in (None, "a"):
        assert check(setting_operations([unknown, get(seen, 2)]), settings).ok


def test_other_paths_are_left_out():
    assert setting_operations([Event("A", "START", "", None, 0, 1, 200, "started")]) == []


@pytest.mark.parametrize("body", [{}, {"workers": True}, {"workers": "5"}, {"workers": 2.0}, [5]])
def test_what_is_no_number_of_workers(body):
    assert number_in(body) is None


def test_a_worker_that_listens_is_never_held_as_a_whole():
    program = Program.parse('PUT /settings {"value": 1}', before="", after="", model="settings")
    assert workers_listen(program)
    assert not workers_listen(Program.parse("POST /increment"))
    assert not workers_listen(Program.parse("POST /increment", model="serial"))
