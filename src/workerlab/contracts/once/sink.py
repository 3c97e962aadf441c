"""The sink of lab 18: the place that a job's call goes to, which knows every call of every job.

    POST {SINK_URL} {"id", "epoch"}    200 accepted; 409 if the epoch is not above all seen before

What it answers, and when, is for a check to say: it can be slow, fail, hang up or never answer.
It also knows which worker has called, and a call can be kept on its way: then it has been sent
and has not yet arrived.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from select import select
from socket import SHUT_RDWR, socket
from threading import Condition, Event, Thread
from typing import Any, Self

from workerlab.bounded_json import loaded
from workerlab.processes.ports import owner_of

__all__ = ["ACCEPT", "DROP", "DROP_ACCEPTED", "FAIL", "HANG", "Call", "Sink"]

ACCEPT, FAIL = 200, 503
DROP, DROP_ACCEPTED, HANG = -1, -2, -3
PLACE = "/calls/of?jobs=all"
MOST = 2**53
LONGEST = 10_000  # bytes of a call
LOOK_S = 0.05  # between two looks whether the sink is closed
Answer = int


@dataclass
class Call:
    """One call that has arrived.

    pid        the process that has sent it; 0 if it had hung up before we looked
    arrived    when it did; 0 while it is on its way (seconds, monotonic)
    fresh      whether its epoch is above all that had been seen for its job
    answered   when it was answered, dropped or found to hang; 0 until then
    ended      when its worker hung up, of a call that hangs; 0 until then
    answer     200 or 409, another status, or DROP, DROP_ACCEPTED or HANG
    """

    job: str
    epoch: int
    pid: int
    number: int = 0
    arrived: float = 0.0
    fresh: bool = False
    answered: float = 0.0
    ended: float = 0.0
    answer: Answer = 0

    @property
    def accepted(self) -> bool:
        return self.answer in (ACCEPT, DROP_ACCEPTED)

    @property
    def hangs(self) -> bool:
        """Whether its worker still waits for an answer that will not come."""
        return self.answer == HANG and not self.ended


class Sink:
    """A server that takes calls; a context manager.

    pids      the app's processes at this moment, by their numbers
    on_way    called with each call before it arrives, in a thread of its own
    answers   called with each call that has arrived and is fresh; what it returns is the answer
    """

    def __init__(self, pids: Callable[[], list[int]]) -> None:
        self.pids = pids
        self.on_way: Callable[[Call], None] = lambda call: None
        self.answers: Callable[[Call], Answer] = lambda call: ACCEPT
        self.calls: list[Call] = []
        self._by_job: dict[str, list[Call]] = {}
        self.faults: list[str] = []  # calls that no app may send, in words
        self.news = Condition()
        self.closed = Event()
        self.lines: set[socket] = set()  # open connections
        self._door = _Door(("127.0.0.1", 0), _Talk)
        self.port = self._door.server_port
        self.url = f"http://127.0.0.1:{self.port}{PLACE}"

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, *_: object) -> None:
        self.closed.set()
        self._close()

    def _open(self) -> None:
        self._door.sink = self
        Thread(target=self._door.serve_forever, args=(0.05,), daemon=True).start()

    def _close(self) -> None:
        self._door.shutdown()
        self._door.server_close()

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Nobody listens here while the block runs, and all connections have ended."""
        self._close()
        for line in [*self.lines]:
            with suppress(OSError):
                line.shutdown(SHUT_RDWR)
        try:
            yield
        finally:
            self._door = _Door(("127.0.0.1", self.port), _Talk)
            self._open()

    def known(self, job: str) -> int:
        """How many jobs had been called before this one was."""
        return [*self._by_job].index(job)

    def of(self, job: str) -> list[Call]:
        """The calls of a job that have arrived, in that order."""
        return [*self._by_job.get(job, ())]

    def wait_until(self, holds: Callable[[], object], seconds: float) -> bool:
        """Whether it came to be so, which is looked at whenever something happens here."""
        until = time.monotonic() + seconds
        with self.news:
            while not holds():
                if (left := until - time.monotonic()) <= 0:
                    return False
                self.news.wait(min(left, 0.05))
        return True

    def take(self, call: Call) -> Answer:
        """A call was read: the answer to it."""
        self.on_way(call)
        with self.news:
            earlier = self.of(call.job)
            call.number, call.arrived = len(earlier), time.monotonic()
            call.fresh = all(call.epoch > one.epoch for one in earlier)
            if any(call.epoch == one.epoch for one in earlier):
                self.faults.append(
                    f"Two calls of one job carried the same epoch: job {call.job}, epoch {call.epoch}."
                )
            self.calls.append(call)
            self._by_job.setdefault(call.job, []).append(call)
            self.news.notify_all()
        answer = self.answers(call) if call.fresh else 409
        with self.news:
            call.answer, call.answered = answer, time.monotonic()
            self.news.notify_all()
        return answer

    def blame(self, fault: str) -> None:
        with self.news:
            self.faults.append(fault)


class _Door(ThreadingHTTPServer):
    sink: Sink
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.owners: dict[int, int] = {}  # the process that has connected, by its port

    def verify_request(self, _: object, address: Any) -> bool:
        """Note who has connected, before it can hang up."""
        ends = (address[1], self.server_port)
        self.owners[address[1]] = owner_of(ends, self.sink.pids())
        return True

    def handle_error(self, *_: object) -> None:
        """A worker that was killed hangs up in the middle of a call."""


class _Talk(BaseHTTPRequestHandler):
    """One connection of the app."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = None
    server: _Door

    def do_POST(self) -> None:
        sink = self.server.sink
        body = self._body()
        if self.path != PLACE:
            sink.blame(
                f"A call went to a wrong address: {self.path[:60]}; SINK_URL ends with {PLACE}"
            )
        call = self._call(body)
        if call is None:
            right = 'right is {"id": …, "epoch": n}, where n is a whole number from 1 to 2**53 - 1'
            sink.blame(f"A call has a wrong body.\nIt was {body[:80]!r}; {right}")
            self._answer(422)
            return
        answer = sink.take(call)
        if answer == HANG:
            self._hang_until_the_end_of(call)
        if answer < 0:
            self.close_connection = True
            return
        with suppress(OSError):
            self._answer(answer)

    def _hang_until_the_end_of(self, call: Call) -> None:
        sink = self.server.sink
        while not sink.closed.is_set():
            if select([self.connection], [], [], LOOK_S)[0]:  # nothing but an end can come
                with sink.news:
                    call.ended = time.monotonic()
                    sink.news.notify_all()
                return

    def setup(self) -> None:
        super().setup()
        self.server.sink.lines.add(self.connection)

    def finish(self) -> None:
        self.server.sink.lines.discard(self.connection)
        super().finish()

    def _any(self) -> None:
        self.server.sink.blame(f"A call was a {self.command}, not a POST.")
        self._body()
        self._answer(405)

    do_GET = do_PUT = do_PATCH = do_DELETE = do_HEAD = _any  # noqa: N815 (as http.server calls them)

    def _call(self, body: bytes) -> Call | None:
        try:
            given = loaded(body)
        except ValueError:
            return None
        if not isinstance(given, dict) or not {"id", "epoch"} <= given.keys():
            return None
        job, epoch = given["id"], given["epoch"]
        if isinstance(epoch, float) and epoch.is_integer():
            epoch = int(epoch)
        if type(epoch) is not int or not 1 <= epoch < MOST or type(job) not in (int, str):
            return None
        return Call(str(job), epoch, self.server.owners.get(self.client_address[1], 0))

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", "").lower():
            return self.rfile.read(min(int(self.headers.get("content-length") or 0), LONGEST))
        body = b""
        while size := int(self.rfile.readline(100).partition(b";")[0] or b"0", 16):
            body += self.rfile.read(min(size, LONGEST))
            self.rfile.readline(100)
        self.rfile.readline(100)
        return body

    def _answer(self, status: int) -> None:
        self.send_response_only(status)
        self.send_header("content-length", "2")
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass
