"""What the counter labs' checks say about an answer that is not the contract's."""

import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from workerlab.contracts import counter as contract

LOG = """INFO:     Started server process [7]
ERROR:    Exception in ASGI application
Traceback (most recent call last):
  File "app.py", line 3, in report
    return {"count": int(await store.get("count"))}
TypeError: int() argument must be a string
INFO:     Shutting down
"""
ANSWERS = {
    "/increment": (200, b'{"count": 7}'),
    "/text": (200, b'{"count": "7"}'),
    "/true": (200, b'{"count": true}'),
    "/list": (200, b"[7]"),
    "/html": (200, b"<html>"),
    "/created": (201, b'{"count": 7}'),
    "/error": (500, b"Internal Server Error"),
}


class Canned(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Served:
    log = LOG


@pytest.fixture
def caller() -> Iterator[contract.Caller]:
    with HTTPServer(("127.0.0.1", 0), Canned) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        connection = HTTPConnection("127.0.0.1", server.server_port)
        yield contract.Caller(Served(), connection, {"requests": 0})
        connection.close()
        server.shutdown()


def test_the_count_and_how_many_were_asked(caller: contract.Caller) -> None:
    assert [caller.increment(), caller.increment()] == [7, 7]
    assert caller.tried == {"requests": 2}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/text", "the count must be a whole number"),
        ("/true", "the count must be a whole number"),
        ("/list", 'the contract is {"count": n}'),
        ("/html", "which is not JSON"),
        ("/created", "was answered 201, not 200"),
        ("/error", "not 200; the app's log says TypeError: int() argument must be a string"),
    ],
)
def test_anything_else_is_reported(caller: contract.Caller, path: str, words: str) -> None:
    with pytest.raises(AssertionError, match=".*") as told:
        caller.count(("POST", path))
    assert words in str(told.value)
    assert str(told.value).startswith(f"POST {path} ")


def test_a_missing_server_is_reported() -> None:
    caller = contract.Caller(Served(), HTTPConnection("127.0.0.1", 1), {"requests": 0})
    with pytest.raises(AssertionError, match="POST /reset got no answer: ConnectionRefusedError"):
        caller.reset()


def test_the_last_words_of_a_log_without_a_traceback_are_none() -> None:
    assert contract.last_words("INFO:     all is well\n") == ""


def test_mixed_requests_have_all_kinds() -> None:
    assert (
        contract.mixed_requests(360).count(contract.INCREMENT) == 270
    )  # more than a byte can hold
    assert contract.RESET not in contract.mixed_requests(360)
    assert contract.mixed_requests(40, resets=True).count(contract.RESET) == 4
