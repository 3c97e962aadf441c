"""What lab 12's checks say about an answer that is not the contract's."""

from __future__ import annotations

import pytest

from workerlab.contracts.bookings import Clerk, booking
from workerlab.stepping.request_text import one_request


class Server:
    log = "\nTraceback (most recent call last):\n  File\nKeyError: 'seat'\n"


class Line:
    server = Server()


def clerk(status, body=None) -> Clerk:
    """A client that gets the same response to everything."""
    one = Clerk(Line())
    one.ask = lambda *_: (status, body)
    return one


ANN = {"id": 7, "seat": "1A", "name": "Ann"}
FULL = {"free": 59, "booked": {"1A": "Ann"}, "sold": 1}


def test_a_request_reads_as_a_program_does():
    request = one_request(booking("1A", "Ann", "k1"))
    assert request.body == {"seat": "1A", "name": "Ann", "key": "k1"}


def test_right_answers_are_taken():
    assert clerk(201, ANN).book("1A", "Ann", "k1") == "7"
    assert clerk(200, {**ANN, "id": "x"}).book("1A", "Ann", "k1", status=200) == "x"
    assert clerk(409, {"detail": "taken"}).book("1A", "Ann", "k1", status=409) is None
    assert clerk(200, FULL).booked() == {"1A": "Ann"}
    clerk(404).cancel("7", 204, 404)
    clerk(422).refused("11A")
    clerk(200).reset()


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, ANN, "answered 200, not 201"),
        (500, None, "the app's log says KeyError: 'seat'"),
        (201, "<html>", "an object with id, seat and name"),
        (201, {**ANN, "id": None}, "there is no id"),
        (201, {**ANN, "id": True}, "there is no id"),
        (201, {**ANN, "id": ""}, "there is no id"),
        (201, {**ANN, "name": "Bob"}, "this seat and this name"),
    ],
)
def test_a_wrong_answer_to_a_booking(status, body, told):
    with pytest.raises(AssertionError, match=told):
        clerk(status, body).book("1A", "Ann", "k1")


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (500, None, "answered 500"),
        (200, [], "the contract is"),
        (200, {**FULL, "booked": ["1A"]}, "the contract is"),
        (200, {**FULL, "free": 60}, "free says 60"),
        (200, {**FULL, "sold": None}, "sold says None"),
    ],
)
def test_a_wrong_report(status, body, told):
    with pytest.raises(AssertionError, match=told):
        clerk(status, body).booked()


def test_other_wrong_answers():
    with pytest.raises(AssertionError, match="answered 200, not 204 or 404"):
        clerk(200).cancel("7", 204, 404)
    with pytest.raises(AssertionError, match="not there, was answered 201"):
        clerk(201, ANN).refused("11A")
    with pytest.raises(AssertionError, match="POST /reset was answered 404"):
        clerk(404).reset()
