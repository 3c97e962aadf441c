"""One client of a burst: it sends a request, and waits for nothing.

Who has many of them asks the system which can go on: see `traffic`.
"""

from __future__ import annotations

import errno
import json
import selectors
import socket
import ssl
import time
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

import h11

from workerlab.bounded_json import json_or_text
from workerlab.errors import BadUsage
from workerlab.exchange import Exchange
from workerlab.history import Event
from workerlab.processes.patience import Deadline
from workerlab.servers.readiness import is_open

__all__ = ["Client", "Request"]

Request = tuple[str, str] | tuple[str, str, Any]  # method, path, and perhaps a JSON body
IN_A_PATH = "%/?:[]@!$&'()*+,;=~|"  # besides letters and digits: stays as it is
# As the client library that Python services call each other by: an app is not to tell a burst.
LIKE_OTHERS = {"accept": "*/*", "user-agent": "python-httpx/0.28.1"}
UNDER_WAY = (0, errno.EINPROGRESS)  # what `connect_ex` returns when it has begun


class Client:
    """Sends one request after the other, over one connection or each over a new one.

    number    its name in the events
    url       of the server, perhaps with the first part of each path
    timeout   seconds that one request may take
    keep      whether its connection is kept from request to request
    line      a connection that it has already

    Raises BadUsage for a URL with a port that is none.
    """

    def __init__(
        self,
        number: int,
        url: str,
        timeout: float,
        *,
        keep: bool,
        line: HTTPConnection | None = None,
    ) -> None:
        self.number, self.timeout, self.keep = number, timeout, keep
        self._place = urlsplit(url)
        self._line = line or self._new_line(url)
        self._exchange: Exchange | None = None
        self._connecting: socket.socket | None = None
        self._addresses: list[tuple[Any, ...]] = []

    def _new_line(self, url: str) -> HTTPConnection:
        try:
            host, port = self._place.hostname or "", self._place.port
        except ValueError as error:
            raise BadUsage(f"{url} is not an address", "write http://HOST:PORT") from error
        if self._place.scheme == "https":  # whose certificate a burst does not ask for
            return HTTPSConnection(host, port, context=ssl._create_unverified_context())  # noqa: S323
        return HTTPConnection(host, port)

    @property
    def sock(self) -> socket.socket:
        """The socket on which something is awaited."""
        found = self._connecting or self._line.sock
        assert found is not None  # a request is under way
        return found

    @property
    def waits_for(self) -> int:
        """What is awaited on it, in the words of `selectors`."""
        return selectors.EVENT_WRITE if self._connecting else selectors.EVENT_READ

    @property
    def overdue(self) -> bool:
        """Whether the request has taken too long."""
        return self._deadline.passed

    def call(self, request: Request) -> Event | None:
        """Send a request, or begin to connect for it; an event when that fails at once.

        The time `called` is taken before anything is sent, `returned` after the last byte came:
        the request took effect somewhere in between, if at all.
        """
        method, path, *body = request
        self._sent: dict[str, Any] = {
            "method": method,
            "path": path,
            "input": body[0] if body else None,
        }
        self._called, self._deadline = time.monotonic(), Deadline(self.timeout)
        self._exchange = None
        if self._line.sock is not None and is_open(self._line):
            return self._send()
        self._line.close()
        try:
            self._addresses = socket.getaddrinfo(
                self._line.host, self._line.port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError):
            return self._failed("ConnectError")
        return self._connect()

    def go_on(self) -> Event | None:
        """Do what can be done now; the event when the request has ended."""
        if connecting := self._connecting:
            if connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                connecting.close()
                return self._connect()
            self._connecting = None
            return self._connected(connecting) or self._send()
        assert self._exchange is not None  # it has been sent
        return self._take(self._exchange)

    def give_up(self) -> Event:
        """The event of a request that has taken too long."""
        return self._failed("Timeout")

    def close(self) -> None:
        if self._connecting:
            self._connecting.close()
            self._connecting = None
        self._line.close()

    def _connect(self) -> Event | None:
        """Begin with the next address."""
        self._connecting = None
        while self._addresses:
            family, kind, protocol, _, address = self._addresses.pop(0)
            try:
                made = socket.socket(family, kind, protocol)
            except OSError:  # no addresses of this kind here, or no descriptor is left
                continue
            made.setblocking(False)
            if made.connect_ex(address) in UNDER_WAY:
                self._connecting = made
                return None
            made.close()
        return self._failed("ConnectError")

    def _connected(self, sock: socket.socket) -> Event | None:
        sock.settimeout(self.timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if isinstance(self._line, HTTPSConnection):
            context: ssl.SSLContext = self._line._context  # type: ignore[attr-defined]  # its own
            try:
                sock = context.wrap_socket(sock, server_hostname=self._line.host)
            except OSError:
                sock.close()
                return self._failed("ConnectError")
        self._line.sock = sock
        return None

    def _send(self) -> Event | None:
        self._exchange = Exchange(self._line)
        headers = {**LIKE_OTHERS, "connection": "keep-alive" if self.keep else "close"}
        try:
            body = None
            if (given := self._sent["input"]) is not None:
                headers["content-type"] = "application/json"
                body = json.dumps(given, ensure_ascii=False, allow_nan=False).encode()
            path = self._place.path.rstrip("/") + self._sent["path"].partition("#")[0]
            target = quote(path, safe=IN_A_PATH)
            self._exchange.send(self._sent["method"].upper(), target, body, headers)
        except (OSError, ValueError, TypeError, h11.LocalProtocolError) as error:
            return self._failed(_in_a_word(error))
        return None

    def _take(self, exchange: Exchange) -> Event | None:
        exchange.take()
        while not exchange.over and getattr(exchange.socket, "pending", int)():  # of HTTPS
            exchange.take()
        if exchange.error:
            return self._failed(exchange.error)
        if not exchange.complete:
            return None
        returned = time.monotonic()
        exchange.release()
        if not self.keep:
            self._line.close()
        pid = dict(exchange.headers).get("x-worker-pid", "")
        return Event(
            self.number,
            **self._sent,
            called=self._called,
            returned=returned,
            status=exchange.status,
            output=json_or_text(bytes(exchange.body)),
            pid=int(pid) if pid.isascii() and pid.isdigit() else None,
        )

    def _failed(self, error: str) -> Event:
        self.close()
        return Event(self.number, **self._sent, called=self._called, error=error)


def _in_a_word(error: Exception) -> str:
    return "Timeout" if isinstance(error, TimeoutError) else type(error).__name__
