"""A burst in a result: written as JSON, read again, drawn the same; and nothing too large."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from workerlab.draw import evidence_text, timeline_svg, timeline_text
from workerlab.draw.timeline_evidence import LONGEST, burst_evidence, burst_of
from workerlab.draw.timeline_order import Order
from workerlab.history import Event, History
from workerlab.linearizability.check import check
from workerlab.notebook.formatters import order_bundle


def increment(start: float, end: float, count: object, pid: int = 1) -> Event:
    return Event(0, "POST", "/increment", None, start, end, 200, {"count": count}, pid)


LOST = History([increment(5, 9, 1), increment(5, 8, 2, 2), increment(6, 9, 2, 3)])
LOST.append(Event(1, "POST", "/increment", {"much": "x" * 900}, 6.5, error="ReadTimeout"))


def through_json(history: History, found: object = None):
    return burst_of(json.loads(json.dumps(burst_evidence(history, found))))


def test_what_is_read_again_is_drawn_the_same() -> None:
    found = check(LOST)
    assert found.ok is False
    history, order = through_json(LOST, found)
    assert [LOST.index(event) for event in Order.of(found).events] == [
        history.index(event) for event in order.events
    ]
    assert timeline_text(history, 100, order) == timeline_text(LOST, 100, found)
    bars = [svg.count("<rect") for svg in (timeline_svg(history, order), timeline_svg(LOST, found))]
    assert bars[0] == bars[1]


def test_two_requests_that_look_alike_stay_two() -> None:
    twice = History([increment(0, 1, 1), increment(0, 1, 1)])
    evidence = burst_evidence(twice, check(twice))
    assert sorted([*evidence["order"], evidence["first_illegal"]]) == [0, 1]
    assert evidence["twin"] == evidence["order"][0]


def test_a_long_answer_is_cut_and_what_was_sent_is_left_out() -> None:
    evidence = burst_evidence(History([replace(LOST[3], output={"a": "</script>" * 9_000})]))
    assert len(json.dumps(evidence)) < LONGEST + 200
    assert "input" not in evidence["history"][0]
    assert "first_illegal" not in evidence and "order" not in evidence


@pytest.mark.parametrize(
    "evidence",
    [{}, {"history": None}, {"history": []}, {"history": [{"who": 1}]}, {"history": [7]},
     {"history": 7}, {"history": [{"client": 0, "method": "GET", "path": "/"}], "order": [4]}],
)  # fmt: skip
def test_what_cannot_be_drawn_is_none(evidence: dict) -> None:
    assert burst_of(evidence) is None


def test_an_old_result_without_an_order_still_draws() -> None:
    history, order = through_json(LOST)
    assert order == Order()
    assert "├" in timeline_text(history, 80, order)
    assert "├" in evidence_text(burst_evidence(LOST), 80)


def test_a_schedule_and_a_burst_are_both_described() -> None:
    step = {"worker": 4711, "task": "A", "line": 9, "kind": "call", "source": "x = 1"}
    text = evidence_text({"steps": [step]} | burst_evidence(LOST, check(LOST)), 100)
    assert text.index("x = 1") < text.index("the longest order that works")


def test_what_the_checker_found_shows_itself() -> None:
    found = check(LOST)
    bundle = order_bundle(found)
    assert bundle["text/plain"].startswith(found.reason)
    assert bundle["text/plain"].endswith(timeline_text(LOST, first_illegal=found))
    assert bundle["image/svg+xml"] == timeline_svg(LOST, found)
    assert order_bundle(check([])) == {"text/plain": "one order fits all 0 operations"}
