"""The sequential model of lab 12: sixty seats, the name on each booked one, and the keys of requests.

An app may choose its ids as it likes, so a state learns them from the responses: a booking has
the id in its 201, and no other booking ever has that id (until a reset).

    >>> state, answer = bookings.apply(bookings.initial, ("book", "1A", "Ann", "k1"))
    >>> answer, bookings.apply(state, ("book", "1A", "Bob", "k2"))[1]
    ('201 1A Ann', '409')
    >>> bookings.apply(state, ("report",))[1]
    'free 59, sold 1, {"1A": "Ann"}'
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

from workerlab.history import Event
from workerlab.models.base import Model, OneOf, Op, Operation

__all__ = ["SEATS"]

SEATS = [f"{row}{letter}" for row in range(1, 11) for letter in "ABCDEF"]


class Booking(NamedTuple):
    """One booking; its `id`, as text, is None until a response has named it."""

    seat: str
    name: str
    key: str
    id: str | None = None


class State(NamedTuple):
    """The bookings that hold, and those that have been cancelled."""

    held: frozenset[Booking] = frozenset()
    cancelled: frozenset[Booking] = frozenset()


class BookingResponse(NamedTuple):
    """A response to a booking: status, seat and name as one text, and the id, as text."""

    text: str
    id: str | None

    def __str__(self) -> str:
        return f"{self.text} ({'no id' if self.id is None else f'id {self.id}'})"


def _apply(state: State, op: Op) -> tuple[State, Any]:
    match op:
        case ("book", seat, name, key):
            return _book(state, Booking(seat, name, key))
        case ("cancel", id_):
            return _cancel(state, id_)
        case ("report",):
            return state, report_of({booking.seat: booking.name for booking in state.held})
        case ("reset",):
            return State(), "200"
    raise ValueError(f"the model of bookings knows no operation {op!r}")


def _book(state: State, wish: Booking) -> tuple[State, Any]:
    if _of_key(state, wish.key):
        return state, f"200 {wish.seat} {wish.name}"
    if any(wish.seat == booking.seat for booking in state.held):
        return state, "409"
    return state._replace(held=state.held | {wish}), f"201 {wish.seat} {wish.name}"


def _cancel(state: State, id_: str) -> tuple[State, Any]:
    if any(booking.id == id_ for booking in state.cancelled):
        return state, OneOf(("204", "404"))
    for booking in state.held:
        if booking.id == id_:
            return State(state.held - {booking}, state.cancelled | {booking}), "204"
    return state, "404"


def _of_key(state: State, key: str) -> Booking | None:
    return next((one for one in (*state.held, *state.cancelled) if one.key == key), None)


def report_of(booked: dict[str, str], free: Any = None, sold: Any = None) -> str:
    """A report in words; its two numbers are counted unless given."""
    free = len(SEATS) - len(booked) if free is None else free
    sold = len(booked) if sold is None else sold
    return f"free {free}, sold {sold}, {json.dumps(booked, sort_keys=True)}"


@dataclass(frozen=True)
class _Bookings(Model[State]):
    def step(self, state: State, op: Op, output: Any) -> State | None:
        """Return the state after `op`, which knows the id in the response. See `Model`."""
        if op[0] != "book" or output is None:
            return super().step(state, op, output)
        after = super().step(state, op, output.text)
        if after is None or output.text == "409":
            return after
        booking = _of_key(after, op[3])
        assert booking is not None  # a response other than 409 leaves one with this key
        if output.id is None or booking.id not in (None, output.id):
            return None
        others = {one.id for one in (*after.held, *after.cancelled) if one is not booking}
        if output.id in others:
            return None
        if booking in after.cancelled:
            return after
        return after._replace(held=after.held - {booking} | {booking._replace(id=output.id)})


def booking_operations(history: Iterable[Event]) -> list[Operation]:
    """Return what a history of lab 12's requests did to the bookings.

    Requests to other paths are left out, and so is a report without a response. Any other
    request without one has an unknown outcome. A refusal (4xx) is a response.
    """
    operations = []
    for event in history:
        op = _operation(event) if event.sent else None
        if op is None:
            continue
        if not event.unknown and (event.status or 500) < 500:
            output = _output(event, op)
            operations.append(Operation(op, output, event.called, event.ended, event))
        elif op[0] not in bookings.reads:
            operations.append(Operation(op, None, event.called, math.inf, event))
    return operations


def _operation(event: Event) -> Op | None:
    match event.method.upper(), event.path.strip("/").split("/"):
        case "POST", ["bookings"]:
            return ("book", *(event.input[name] for name in ("seat", "name", "key")))
        case "DELETE", ["bookings", id_]:
            return "cancel", unquote(id_)
        case "GET", ["report"]:
            return ("report",)
        case "POST", ["reset"]:
            return ("reset",)
    return None


def _output(event: Event, op: Op) -> Any:
    body = event.output if isinstance(event.output, dict) else {}
    match op[0]:
        case "book":
            about = f" {body.get('seat')} {body.get('name')}" if event.ok else ""
            return BookingResponse(f"{event.status}{about}", id_in(body))
        case "report" if event.ok:
            booked = body.get("booked")
            if isinstance(booked, dict) and {"free", "sold"} <= set(body):
                return report_of(booked, json.dumps(body["free"]), json.dumps(body["sold"]))
            return json.dumps(event.output)[:80]
    return str(event.status)


def id_in(body: Any) -> str | None:
    """The id of a booking, as text: a number or a text that is not empty. None for any other."""
    id_ = body.get("id") if isinstance(body, dict) else None
    return str(id_) if type(id_) in (int, str) and id_ != "" else None


bookings = _Bookings(
    "bookings",
    State(),
    _apply,
    reads=frozenset({"report"}),
    read=booking_operations,
    refuses=True,
)
