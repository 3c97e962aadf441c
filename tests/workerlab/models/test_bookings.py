"""The model of lab 12: what it takes for legal, and how ids become keys."""

from __future__ import annotations

import math

import pytest

from workerlab.history import Event
from workerlab.linearizability.check import check
from workerlab.models.bookings import SEATS, booking_operations, bookings

ANN = {"seat": "1A", "name": "Ann", "key": "k1"}
BOB = {"seat": "1A", "name": "Bob", "key": "k2"}


class Responses:
    """Events one after the other, as one client would see them."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, method, path, status, output=None, given=None) -> Responses:
        at = 2.0 * len(self.events)
        self.events.append(Event(0, method, path, given, at, at + 1, status, output))
        return self

    def book(self, given, status, id_=None) -> Responses:
        body = {"id": id_, "seat": given["seat"], "name": given["name"]} if status < 300 else None
        return self("POST", "/bookings", status, body, given)

    def cancel(self, id_, status) -> Responses:
        return self("DELETE", f"/bookings/{id_}", status)

    def report(self, booked, free=None, sold=None) -> Responses:
        free = 60 - len(booked) if free is None else free
        sold = len(booked) if sold is None else sold
        return self("GET", "/report", 200, {"free": free, "booked": booked, "sold": sold})

    @property
    def fits(self) -> bool:
        return check(booking_operations(self.events), bookings).ok


def test_sixty_seats():
    assert len(set(SEATS)) == 60
    assert (SEATS[0], SEATS[-1]) == ("1A", "10F")


def test_a_story_that_fits():
    responses = Responses().book(ANN, 201, 7).book(ANN, 200, 7).book(BOB, 409).report({"1A": "Ann"})
    responses.cancel(7, 204).cancel(7, 404).report({}).book(BOB, 201, "x/y").cancel("x%2Fy", 204)
    responses.book({**ANN, "key": "k3"}, 201, 8)("POST", "/reset", 200).book(ANN, 201, 8)
    assert responses.fits


@pytest.mark.parametrize(
    "responses",
    [
        Responses().book(ANN, 201, 1).book(BOB, 201, 2),
        Responses().book(ANN, 201, 1).book(ANN, 201, 1),
        Responses().book(ANN, 201, 1).book(ANN, 200, 2),
        Responses().book(ANN, 201, 1).book({**BOB, "seat": "2B"}, 201, 1),
        Responses().book(ANN, 201, None),
        Responses().book(ANN, 201, 1).cancel(1, 204).book(BOB, 201, 1),
        Responses().book(ANN, 409),
        Responses().book(ANN, 422),
        Responses().book(ANN, 201, 1).cancel(1, 404),
        Responses().cancel(1, 204),
        Responses().book(ANN, 201, 1).report({}),
        Responses().book(ANN, 201, 1).report({"1A": "Ann"}, sold=0),
        Responses().book(ANN, 201, 1).report({"1A": "Ann"}, free=60),
        Responses().book(ANN, 201, 1).cancel(1, 204).report({"1A": "Ann"}),
        Responses().book(ANN, 201, 1)("POST", "/reset", 200).book(ANN, 200, 1),
        Responses()("GET", "/report", 200, "<html>"),
    ],
)
def test_a_story_that_does_not(responses):
    assert not responses.fits


def test_a_request_without_an_answer_may_have_had_an_effect_or_not():
    lost = Event(0, "POST", "/bookings", ANN, 0.0, error="ReadTimeout")
    (operation,) = booking_operations([lost])
    assert (operation.output, operation.returned) == (None, math.inf)
    for booked in ({}, {"1A": "Ann"}):
        responses = Responses().report(booked)
        responses.events.insert(0, lost)
        assert responses.fits


def test_what_says_nothing_is_left_out():
    assert booking_operations([Event(0, "GET", "/report", None, 0.0, error="ReadTimeout")]) == []
    assert booking_operations(Responses()("GET", "/docs", 200).events) == []


def test_an_operation_it_does_not_know_is_an_error():
    with pytest.raises(ValueError, match="knows no operation"):
        bookings.apply(bookings.initial, ("dance",))
