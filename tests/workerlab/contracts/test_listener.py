"""What a client of lab 17 is said to have got: the kind of fault first, and then the ids."""

from http.client import HTTPConnection

import pytest

from workerlab.contracts.listener import Listener

WHEN = "Two messages were posted"
RIGHT = {1: "one", 2: "two"}


def a_client_that_got(*messages: tuple[int, str]) -> Listener:
    """Nothing more will come to it."""
    listener = Listener(HTTPConnection("127.0.0.1", 9), "room", None, lambda: lambda: 0.0)
    listener.got, listener.ended = [*messages], True
    return listener


@pytest.mark.parametrize(
    ("got", "kind", "details"),
    [
        ([(1, "one")], "ended before it had all messages", "the client has not got 2"),
        ([(1, "one"), (2, "two"), (2, "two")], "a message more than once", "it got 1, 2, 2"),
        ([(1, "one"), (2, "two"), (3, "?")], "that it should not get", "right is 1, 2"),
        ([(3, "?")], "that it should not get", "it got 3; right is 1, 2"),
        ([(2, "two"), (1, "one")], "in the wrong order", "it got 2, 1; right is 1, 2"),
        ([(1, "one"), (2, "one")], "with a wrong text", "message 2 came as 'one', not 'two'"),
    ],
)
def test_the_first_line_is_the_kind_of_fault(got, kind, details) -> None:
    with pytest.raises(AssertionError) as error:
        a_client_that_got(*got).has(RIGHT, WHEN)
    first, second, *_ = str(error.value).split("\n")
    assert kind in first
    assert second.strip().startswith(f"{WHEN}: ") and details in second


def test_a_message_that_has_not_come_is_named() -> None:
    listener = a_client_that_got((1, "one"))
    listener.ended = False
    with pytest.raises(
        AssertionError, match=r"^A message did not reach a client\.\n +Two .* not got 2"
    ):
        listener.has(RIGHT, WHEN, seconds=0.0)


def test_a_client_that_got_all_is_right() -> None:
    a_client_that_got(*RIGHT.items()).has(RIGHT, WHEN)
