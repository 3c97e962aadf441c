"""What has gone wrong with bookings, or with a setting: the sentence, where a history shows it.

As in `in_a_sentence`, nothing is guessed: each sentence has a rule that only this fault meets.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from workerlab.history import Event, History
from workerlab.models.base import Operation
from workerlab.models.bookings import SEATS, booking_operations
from workerlab.stepping.program import Program

__all__ = ["of_bookings", "of_settings"]


def of_bookings(program: Program, history: History) -> str:
    """The sentence about seats, keys and reports; "" where none is certain."""
    known = [found for found in booking_operations(history) if found.output is not None]
    books = [one for one in known if one.op[0] == "book"]
    for refused in books:
        _, seat, _, key = refused.op
        keys = {one.op[3] for one in books if one.op[1] == seat}
        if refused.output.text == "409" and keys == {key}:
            return f"A request that was sent twice was refused: the seat {seat} was its own."
    own = [event.path for event in history if event.client in program.names]
    kept = [] if "/reset" in own else _kept(known, books)
    if twice := [seat for seat, times in Counter(one.op[1] for one in kept).items() if times > 1]:
        return f"The seat {twice[0]} was sold twice."
    if any(_does_not_add_up(event) for event in history):
        return "The numbers of a report do not add up."
    for one in kept:
        _, seat, name, _ = one.op
        if any(seat not in booked for booked in _last_reports(program, history)):
            return f"A booking was lost: {name} has the seat {seat}, and nobody has cancelled it."
    return ""


def _kept(known: Sequence[Operation], books: Sequence[Operation]) -> list[Operation]:
    """The bookings that were answered 201, and that nobody has asked to cancel."""
    cancelled = {one.op[1] for one in known if one.op[0] == "cancel"}
    sold = [one for one in books if one.output.text.startswith("201")]
    return [one for one in sold if one.output.id not in cancelled]


def _does_not_add_up(event: Event) -> bool:
    body = event.output
    if event.path != "/report" or not isinstance(body, dict):
        return False
    booked = body.get("booked")
    if not isinstance(booked, dict) or not {"free", "sold"} <= set(body):
        return False
    return (body["free"], body["sold"]) != (len(SEATS) - len(booked), len(booked))


def _last_reports(program: Program, history: History) -> list[dict[str, object]]:
    return [
        event.output["booked"]
        for event in _last(program, history, "/report")
        if isinstance(event.output, dict) and isinstance(event.output.get("booked"), dict)
    ]


def of_settings(program: Program, history: History) -> str:
    """The sentence about the value that each worker has; "" where none is certain."""
    read = [
        json.dumps(event.output["value"])
        for event in _last(program, history, "/settings")
        if isinstance(event.output, dict) and "value" in event.output
    ]
    *first, last = sorted({*read}) or [""]
    return f"The workers disagree: they have {', '.join(first)} and {last}." if first else ""


def _last(program: Program, history: History, path: str) -> list[Event]:
    """What is asked when all requests of the program have their responses."""
    asked = {(request.method, request.path) for request in program.after} & {("GET", path)}
    return [
        event
        for event in history
        if (event.method, event.path) in asked
        and event.client not in program.names
        and event.client != "-"
    ]
