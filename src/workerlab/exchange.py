"""One request on a kept connection, and its response, which is read as it comes.

No call waits for the rest of a response: an app may be held between its head and its body. So h11
reads the bytes when they arrive, and knows at each moment how much of the response is there.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from hashlib import sha256
from http.client import HTTPConnection

import h11

from workerlab.bounded_json import LONGEST_RESPONSE, PIECE, loaded

LONGEST_HEAD = 65_536  # bytes
LONGEST_TEXT = 2000  # characters of a response that is no JSON; the rest is compared by its digest
BODY_METHODS = ("PATCH", "POST", "PUT")  # that say how long their body is, even if there is none


class Exchange:
    """A request and its response. `status`, `headers` and `body` have arrived so far.

    complete   whether the response has been read to its end
    error      why there will be no more of it; None while there may be
    began      when its first byte was read (seconds of the monotonic clock); None before
    """

    def __init__(self, line: HTTPConnection) -> None:
        self.line = line
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
        self.status: int | None = None
        self.headers: list[tuple[str, str]] = []
        self.body = bytearray()
        self.complete = False
        self.error: str | None = None
        self.began: float | None = None

    @property
    def over(self) -> bool:
        return self.complete or self.error is not None

    @property
    def socket(self) -> socket.socket:
        """The socket of the connection, which is open: a worker has already responded on it."""
        assert self.line.sock is not None
        return self.line.sock

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> None:
        """Send the request. Raises OSError when the connection has gone."""
        host = f"[{self.line.host}]" if ":" in self.line.host else self.line.host
        head = {"host": f"{host}:{self.line.port}", "accept-encoding": "identity"}
        head |= headers
        if body is not None or method in BODY_METHODS:
            head["content-length"] = str(len(body or b""))
        latin = [(name.encode(), value.encode("latin-1")) for name, value in head.items()]
        request = h11.Request(method=method, target=path, headers=latin)
        said = [
            self._http.send(request),
            self._http.send(h11.Data(data=body or b"")),
            self._http.send(h11.EndOfMessage()),
        ]
        self.socket.sendall(b"".join(said))

    def take(self) -> None:
        """Read the bytes that have arrived. Called when the socket can be read, it waits for nothing."""
        try:
            data = self.socket.recv(PIECE)
            self.began = self.began or time.monotonic()
            self._http.receive_data(data)
            while not self.over and (event := self._http.next_event()) is not h11.NEED_DATA:
                self._take(event)
        except h11.RemoteProtocolError:
            self.error = "IncompleteRead" if self.status else "RemoteDisconnected"
        except OSError as error:
            self.error = type(error).__name__

    def _take(self, event: object) -> None:
        match event:
            case h11.Response():
                self.status = event.status_code
                self.headers = [
                    (name.decode(), value.decode("latin-1")) for name, value in event.headers
                ]
            case h11.Data():
                self.body += event.data
                if len(self.body) > LONGEST_RESPONSE:
                    self.error = "HTTPException"
            case h11.EndOfMessage():
                self.complete = True
            case h11.ConnectionClosed():
                self.error = "RemoteDisconnected"

    def release(self) -> None:
        """Leave the connection to the next request; close it when it cannot serve another.

        After an error of the app's, uvicorn hangs up and does not say so beforehand.
        """
        kept = self.complete and self._http.their_state is h11.DONE and (self.status or 500) < 500
        if not kept or self._http.trailing_data[0]:
            self.line.close()


def headers_by_name(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by their names in small letters; several of one name are joined, cookies by lines.

    >>> headers_by_name([("Vary", "a"), ("vary", "b"), ("Set-Cookie", "x=1"), ("set-cookie", "y=2")])
    {'vary': 'a, b', 'set-cookie': 'x=1\\ny=2'}
    """
    found: dict[str, str] = {}
    for name, value in headers:
        name = name.lower()
        joint = "\n" if name == "set-cookie" else ", "
        found[name] = f"{found[name]}{joint}{value}" if name in found else value
    return found


def decoded(raw: bytes) -> object:
    """A body: its JSON, or else its text, of which a long rest is only told by its digest."""
    text = raw.decode(errors="replace")
    try:
        return loaded(text)
    except ValueError:
        more = len(text) - LONGEST_TEXT
        digest = sha256(raw).hexdigest()[:12]
        return text if more <= 0 else f"{text[:LONGEST_TEXT]}… ({more} more characters, {digest})"
