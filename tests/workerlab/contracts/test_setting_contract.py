"""What the checks of lab 11 take for an answer."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from workerlab.contracts.counter import Caller
from workerlab.contracts.setting import Teller, put, same


@pytest.mark.parametrize(
    ("one", "other", "right"),
    [(1, 1.0, True), (1, True, False), (0, False, False), (None, None, True), ("1", 1, False),
     (None, False, False), ("", None, False), (2.5, 2.5, True)],
)  # fmt: skip
def test_scalars_that_are_the_same(one, other, right):
    assert same(one, other) is right


def test_a_put_in_a_program_of_a_search():
    assert put("a") == 'PUT /settings {"value": "a"}'


@pytest.fixture
def teller():
    """A client of a server that answers what `said` holds."""
    from http.client import HTTPConnection

    said = {}

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            body = said["body"].encode()
            self.send_response(said.get("status", 200))
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_GET  # noqa: N815 (the name that http.server calls)

        def log_message(self, *_):
            pass

    class Log:
        log = ""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        connection = HTTPConnection("127.0.0.1", server.server_port)
        yield Teller(Caller(Log(), connection, {"requests": 0}), 1), said
        connection.close()
        server.shutdown()
        thread.join()


def test_right_answers(teller):
    one, said = teller
    said["body"] = json.dumps({"workers": 5})
    assert one.change("x") == 5
    said["body"] = json.dumps({"value": None})
    assert one.value() is None
    one.has(None, "")
    assert one.line.tried["requests"] == 3


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [(200, '{"workers": 0}', "above 0"), (200, "[]", "above 0"), (500, "{}", "500, not 200"),
     (200, "<html>", "not JSON"), (422, "{}", "422, not 200")],
)  # fmt: skip
def test_wrong_answers_to_a_put(teller, status, body, told):
    one, said = teller
    said.update(status=status, body=body)
    with pytest.raises(AssertionError, match=told):
        one.change("x")


def test_wrong_answers_to_a_get(teller):
    one, said = teller
    said["body"] = '{"workers": 5}'
    with pytest.raises(AssertionError, match="the contract is"):
        one.value()
    said["body"] = '{"value": 1}'
    with pytest.raises(AssertionError, match="it has 1, not true"):
        one.has(True, "after a PUT")
