"""A client of lab 17 that listens in a room by WebSocket, and knows which frames are allowed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from http.client import HTTPConnection
from socket import SHUT_RDWR, SO_LINGER, SOL_SOCKET
from struct import pack
from threading import Condition, Event, Thread
from typing import Self

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from workerlab.bounded_json import loaded

__all__ = ["Listener"]

DELIVERED_S = 4.0  # the contract's 2 s, the store's second, and one more; see `Listener.has`
GLANCE_S = 0.05  # mostly it has come by then, and a clock would have cost more than the wait
LONGEST_S = 60.0  # the longest wait for a message, however busy the machine is
RESET = pack("ii", 1, 0)  # what is not sent yet is thrown away
Messages = dict[int, str]
Clock = Callable[[], Callable[[], float]]


class Listener:
    """A client that listens in a room from one worker; a context manager."""

    def __init__(
        self, line: HTTPConnection, room: str, after: int | None, kept_waiting: Clock
    ) -> None:
        """
        kept_waiting   makes a clock: see `Server.clock_of_waiting`
        """
        self.line, self.room, self.kept_waiting = line, room, kept_waiting
        self.uri = f"ws://{line.host}:{line.port}/rooms/{room}"
        self.uri += "" if after is None else f"?after={after}"
        self.got: list[tuple[int, str]] = []
        self.fault = ""  # the first frame that is none of the contract's
        self.ended = False
        self.reads = Event()
        self.reads.set()
        self._news = Condition()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self.socket: ClientConnection = self._stack.enter_context(
                connect(
                    self.uri,
                    sock=self.line.sock,
                    compression=None,
                    max_size=None,
                    max_queue=2,
                    ping_interval=None,
                    open_timeout=LONGEST_S,
                    close_timeout=1.0,
                )
            )
        except (OSError, WebSocketException) as error:
            raise AssertionError(f"WS {self._path} was not accepted: {error}") from None
        Thread(target=self._read, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.reads.set()
        self._stack.close()

    def vanishes(self) -> None:
        """End the connection without a word, whatever is on its way, as a client without a network."""
        sock = self.socket.socket
        sock.setsockopt(SOL_SOCKET, SO_LINGER, RESET)
        with suppress(OSError):
            sock.shutdown(SHUT_RDWR)  # who reads from it just now stops
        sock.close()

    @property
    def _path(self) -> str:
        return self.uri.partition("/rooms")[1] + self.uri.partition("/rooms")[2]

    def _read(self) -> None:
        try:
            for frame in self.socket:
                self.reads.wait()
                with self._news:
                    self._take(frame)
                    self._news.notify_all()
        except (OSError, WebSocketException):
            pass
        with self._news:
            self.ended = True
            self._news.notify_all()

    def _take(self, frame: str | bytes) -> None:
        shown = frame[:60]
        body = None
        if isinstance(frame, str):
            try:
                body = loaded(frame.encode())
            except ValueError:
                body = None
        if not isinstance(body, dict) or set(body) != {"id", "text"}:
            self.fault = self.fault or f"a client was sent {shown!r}; right is {{id, text}} as text"
        elif type(body["id"]) is not int or type(body["text"]) is not str:
            self.fault = self.fault or f"a client was sent {shown!r}; id is a number, text a text"
        else:
            self.got.append((body["id"], body["text"]))

    def has(self, right: Messages, when: str, seconds: float = DELIVERED_S) -> None:
        """An assertion that says `when`, unless it gets exactly these, in this order.

        seconds   without the time for which a process has waited for a processor meanwhile
        """
        wanted = [*right.items()]
        got = self.waits_for(len(wanted), seconds)
        ended = self.ended
        assert not self.fault, f"A client was sent a wrong frame.\n{when}: {self.fault}"
        ids = [number for number, _ in got]
        told = f"{when}: it got {_few(ids)}; right is {_few([*right])}"
        assert not {*ids} - {*right}, f"A client got messages that it should not get.\n{told}"
        missing = [number for number in right if number not in ids]
        late = f"{seconds:g} s later it has not got {_few(missing)}"
        assert not (missing and ended), (
            "The connection of a client ended before it had all messages.\n"
            f"{when}: the client has not got {_few(missing)}"
        )
        assert not missing, (
            f"{_messages(missing)} did not reach a client.\n"
            f"{when}: a client listens in the room, and {late}"
        )
        assert ids == [*right], f"{_wrong(ids, [*right])}\n{told}"
        for (number, text), (_, expected) in zip(got, wanted, strict=True):
            assert text == expected, (
                "A client got a message with a wrong text.\n"
                f"{when}: message {number} came as {text[:40]!r}, not {expected[:40]!r}"
            )

    def waits_for(self, number: int, seconds: float = DELIVERED_S) -> list[tuple[int, str]]:
        """What it has got, as soon as that is so many messages, or the time is up.

        seconds   counted from GLANCE_S on
        """

        def over() -> bool:
            return len(self.got) >= number or self.ended or bool(self.fault)

        with self._news:
            if self._news.wait_for(over, GLANCE_S):
                return [*self.got]
        began, kept_waiting = time.monotonic(), self.kept_waiting()
        with self._news:
            while not over():
                passed = time.monotonic() - began
                if passed >= LONGEST_S or (
                    passed >= seconds and passed - kept_waiting() >= seconds
                ):
                    break
                self._news.wait(0.1)
            return [*self.got]

    def comes_back(self, right: Messages, when: str) -> None:
        """The same as `has`, but the server may have closed the connection meanwhile."""
        self.waits_for(len(right))
        if self.ended:
            ids = [number for number, _ in self.got]
            wanted = [*right][: len(ids)]
            assert ids == wanted, (
                f"{_wrong(ids, wanted)}\n{when}: it got {_few(ids)}, and then its connection ended"
            )
        else:
            self.has(right, when)

    def stays(self, right: Messages, when: str, seconds: float) -> None:
        """The same, and nothing more comes for so many seconds."""
        self.has(right, when)
        time.sleep(seconds)
        self.has(right, when)


def _messages(missing: Sequence[int]) -> str:
    return "A message" if len(missing) == 1 else f"{len(missing)} messages"


def _wrong(ids: Sequence[int], right: Sequence[int]) -> str:
    """The kind of fault, where a client got all that it must get, and not just that."""
    if {*ids} - {*right}:
        return "A client got messages that it should not get."
    if len({*ids}) < len(ids):
        return "A client got a message more than once."
    return "A client got the messages in the wrong order."


def _few(numbers: Sequence[int]) -> str:
    """Ids in a few words: "1, 2, 3 … 40"."""
    if not numbers:
        return "nothing"
    if len(numbers) <= 8:
        return ", ".join(map(str, numbers))
    return f"{', '.join(map(str, numbers[:4]))} … {numbers[-1]} ({len(numbers)} in all)"
