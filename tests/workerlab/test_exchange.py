"""A response is taken in as it comes, whole or in pieces, and no call waits for the rest."""

import socket
from http.client import HTTPConnection

import pytest

from workerlab.bounded_json import LONGEST_RESPONSE
from workerlab.exchange import Exchange
from workerlab.processes.waiting import Waiting
from workerlab.stepping.controller import remote_task as actor_module
from workerlab.stepping.controller.remote_task import RemoteTask
from workerlab.stepping.program import Request

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n"


@pytest.fixture
def line():
    """A connection of ours, and the other end of it."""
    ours, theirs = socket.socketpair()
    connection = HTTPConnection("127.0.0.1", 80)
    connection.sock = ours
    with ours, theirs:
        yield connection, theirs


def sent(line, method: str = "GET", body: bytes | None = None) -> Exchange:
    exchange = Exchange(line[0])
    exchange.send(method, "/report", body, {"x-a": "b"})
    return exchange


def test_a_request_is_what_a_client_would_send(line):
    sent(line, "POST")
    head, _, body = line[1].recv(1000).partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    assert first == "POST /report HTTP/1.1"
    assert dict(header.lower().split(": ") for header in headers) == {
        "host": "127.0.0.1:80",
        "accept-encoding": "identity",
        "x-a": "b",
        "content-length": "0",
    }
    assert body == b""


def test_a_response_in_pieces_is_complete_with_the_last_one(line):
    exchange = sent(line, "PUT", b"{}")
    for piece in (HEAD[:9], HEAD[9:], b'{"count"'):
        line[1].sendall(piece)
        exchange.take()
        assert not exchange.over
    line[1].sendall(b": 1")
    exchange.take()
    assert (exchange.complete, exchange.status, bytes(exchange.body)) == (
        True,
        200,
        b'{"count": 1',
    )
    exchange.release()
    assert line[0].sock is not None, "the next request may use it"


def test_a_chunked_response_and_a_head_before_the_head(line):
    exchange = sent(line)
    line[1].sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
    line[1].sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
    exchange.take()
    assert exchange.complete and bytes(exchange.body) == b"{}"


@pytest.mark.parametrize(
    ("before", "error"), [(b"", "RemoteDisconnected"), (HEAD + b"{", "IncompleteRead")]
)
def test_who_hangs_up_before_the_end_has_not_answered(line, before, error):
    exchange = sent(line)
    line[1].recv(1000)  # what is closed unread would reset the connection
    line[1].sendall(before)
    line[1].close()
    while not exchange.over:
        exchange.take()
    assert exchange.error == error and not exchange.complete
    exchange.release()
    assert line[0].sock is None


def test_what_is_no_http_is_no_answer(line):
    exchange = sent(line)
    line[1].sendall(b"+OK\r\n\r\n")
    exchange.take()
    assert exchange.error == "RemoteDisconnected"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nand more",
    ],
)
def test_a_connection_that_cannot_serve_another_request_is_closed(line, answer):
    exchange = sent(line)
    line[1].sendall(answer)
    exchange.take()
    assert exchange.complete
    exchange.release()
    assert line[0].sock is None


def test_a_body_without_an_end_fills_no_memory(line):
    exchange = sent(line)
    line[1].sendall(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
    exchange.take()
    for _ in range(LONGEST_RESPONSE // 50_000 + 1):
        line[1].sendall(b"x" * 50_000)
        exchange.take()
    while not exchange.over:
        exchange.take()
    assert exchange.error == "HTTPException"


def test_a_body_that_drips_is_given_up_and_the_time_it_was_held_does_not_count(line, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr(Waiting, "seconds", lambda self: 0.0)  # the machine is never busy
    task = RemoteTask("A", Request("GET", "/report"), 1, line[0])
    task.call(1, None, "")
    for seconds, held, over in ((0, 0, False), (9, 0, False), (300, 299, False), (2, 0, True)):
        now[0] += seconds
        task._held_before += held
        line[1].sendall(HEAD if not seconds else b"x")
        task.take_response()
        assert task.answered == over
    assert task.error == "TimeoutError" and actor_module.RESPONSE_S == 10
