"""A customer of lab 19 can have a name that the app uses for another customer's things."""

import pytest

from workerlab.contracts.key_names import texts_in, who_has_such_names

ANN = b"ann 7"


def test_all_texts_of_what_was_sent_are_found():
    sent = [b"*3\r\n$3\r\nSET\r\n$8\r\nlog:a\r\nb\r\n$2\r\nNX\r\n", b"*1\r\n$4\r\nPING\r\n"]
    assert texts_in(sent) == [b"SET", b"log:a\r\nb", b"NX", b"PING"]


@pytest.mark.parametrize(
    ("names", "customer"),
    [
        ((b"log:ann 7", b"log:ann 7:lock"), b"ann 7:lock"),
        ((b"ann 7:log", b"lock:ann 7:log"), b"lock:ann 7"),
        ((b"{ann 7}", b"{{ann 7}}"), b"{ann 7}"),
    ],
)
def test_a_thing_beside_another_one_is_met_by_a_customer(names, customer):
    assert customer in who_has_such_names(ANN, names)


def test_names_with_different_beginnings_meet_nobody():
    names = [b"log:ann 7", b"lock:ann 7", b"metrics"]
    assert who_has_such_names(ANN, names) == names  # and those are customers, too


def test_only_what_a_header_can_say_is_a_customer():
    assert who_has_such_names(ANN, [b" x", b"x\n", b"\xff", b"", b"x" * 1001, ANN]) == []
