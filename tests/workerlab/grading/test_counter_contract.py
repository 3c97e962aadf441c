"""What the counter labs' checks say about an answer that is not the contract's."""

import threading
from collections.abc import Iterator
from contextlib import nullcontext
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from workerlab.grading import CheckFailed, CheckInconclusive
from workerlab.contracts import counter as contract
from workerlab.history import Event, History
from workerlab.verdict import Verdict

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
def test_anything_else_is_told(caller: contract.Caller, path: str, words: str) -> None:
    with pytest.raises(AssertionError, match=".*") as told:
        caller.count(("POST", path))
    assert words in str(told.value)
    assert str(told.value).startswith(f"POST {path} ")


def test_nobody_there_is_told() -> None:
    caller = contract.Caller(Served(), HTTPConnection("127.0.0.1", 1), {"requests": 0})
    with pytest.raises(AssertionError, match="POST /reset got no answer: ConnectionRefusedError"):
        caller.reset()


def test_the_last_words_of_a_log_without_a_traceback_are_none() -> None:
    assert contract.last_words("INFO:     all is well\n") == ""


def event(path: str, count: int | None, called: float, returned: float, status: int = 200):
    body = None if count is None else {"count": count}
    method = "GET" if path == "/report" else "POST"
    return Event(0, method, path, None, called, returned, status, body, 7)


def test_a_burst_whose_answers_fit() -> None:
    contract.must_fit_one_order(
        History([event("/increment", 2, 0, 2), event("/increment", 1, 0, 2)])
    )


def test_a_burst_that_begins_at_another_count() -> None:
    contract.must_fit_one_order(History([event("/increment", 8, 0, 2)]), start=7)


def test_a_burst_whose_answers_do_not_fit() -> None:
    history = History([event("/increment", 1, 0, 1), event("/report", 0, 2, 3)])
    with pytest.raises(
        CheckFailed, match="no order of the 2 requests fits their answers"
    ) as failed:
        contract.must_fit_one_order(history)
    evidence = failed.value.evidence
    assert (evidence["order"], evidence["misfit"]) == ([0], 1)
    assert evidence["reason"] == "report answered 0 where only 1 fits"


def test_a_burst_that_was_refused() -> None:
    history = History([event("/increment", 1, 0, 1), event("/increment", None, 0, 1, 503)])
    with pytest.raises(
        CheckFailed, match=r"1 of 2 .* first of them: POST /increment \(status"
    ) as failed:
        contract.must_fit_one_order(history)
    assert failed.value.evidence["misfit"] == 1


def test_out_of_time_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    class OutOfTime:
        ok, reason = None, "out of time"

    monkeypatch.setattr(contract, "fits_one_order", lambda *_: OutOfTime)
    with pytest.raises(CheckInconclusive, match="out of time"):
        contract.must_fit_one_order(History())


def test_a_crowd_has_all_kinds() -> None:
    assert contract.crowd(360).count(contract.INCREMENT) == 270  # more than a byte can hold
    assert contract.RESET not in contract.crowd(360)
    assert contract.crowd(40, resets=True).count(contract.RESET) == 4


@pytest.mark.parametrize("status", ["passed", "inconclusive"])
@pytest.mark.parametrize(("second", "worth"), [(2, None), (1, "failed")])
def test_a_crowd_outweighs_what_no_schedule_showed(monkeypatch, caller, status, second, worth):
    """Both increments are answered counts of their own, or the same one."""
    crowd = History([event("/increment", 8, 0, 2), event("/increment", 7 + second, 0, 2)])
    monkeypatch.setattr(contract, "caller", lambda *_: nullcontext(caller))
    monkeypatch.setattr(caller, "report", lambda: 7)
    monkeypatch.setattr(contract, "burst", lambda *_, **options: crowd)
    before = Verdict(status, "as it was", {"schedules": 62, "requests": 186})
    verdict = contract.at_full_speed(Served(), before)
    assert verdict.status == (worth or status)
    assert ("as it was" in verdict.message) == (worth is None)
    assert (verdict.evidence is None) == (worth is None)
    assert (verdict.tried["schedules"], verdict.tried["requests"]) == (62, 188)
