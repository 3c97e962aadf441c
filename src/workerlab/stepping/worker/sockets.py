"""The connections that an app opens, and the bytes that it sends on them."""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakSet

from workerlab.stepping.access import ANYTHING, READ, Access
from workerlab.stepping.lease import Lease
from workerlab.stepping.worker.replies import Whose
from workerlab.stepping.worker.wire import Wire

if TYPE_CHECKING:
    from typing import Any

_SENDS = ("send", "sendall", "sendto", "sendmsg")
_RECEIVES = ("recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into")


class Sockets:
    """Notes what is sent on connections that the app has opened.

    note     is called with each access
    caveat   with what no access says
    leased   with each key that is given a time-to-live
    """

    def __init__(
        self,
        note: Callable[[Access], None],
        caveat: Callable[[str], None],
        leased: Callable[[Lease], None],
    ) -> None:
        self._note, self._caveat, self._leased = note, caveat, leased
        self._wires: WeakKeyDictionary[socket.socket, Wire] = WeakKeyDictionary()
        self._accepted: WeakSet[socket.socket] = WeakSet()  # from clients, by uvicorn
        self._has_just_accepted: WeakSet[socket.socket] = WeakSet()
        self._whose: Whose | None = None  # while replies are to be shown
        self.port = 0  # on which this server listens

    def known(self) -> set[int]:
        """The descriptors of all sockets that are seen here."""
        return {sock.fileno() for sock in (*self._wires, *self._accepted)}

    def show_replies(self, whose: Whose | None) -> None:
        """From now on keep what the stores reply to each step; None: keep it no longer."""
        self._whose = whose
        for wire in [*self._wires.values()]:
            wire.hush()  # what was asked before is not known: begin anew

    def connects(self, sock: object, address: object) -> None:
        """The app opens a connection."""
        if not isinstance(sock, socket.socket):
            return  # one of ours
        where = f"{address[0]}:{address[1]}" if isinstance(address, tuple) else str(address)
        self._wires[sock] = Wire(self._caveat, partial(self._gives_a_time, where))
        if isinstance(address, tuple) and address[1] == self.port:
            self._caveat("a worker calls another one")

    def _gives_a_time(
        self,
        address: str,
        place: str,
        database: int,
        key: bytes,
        seconds: float,
        login: tuple[str, ...],
        sure: bool,
    ) -> None:
        text = key.decode(errors="surrogateescape")
        self._leased(Lease(place, address, database, text, seconds, login, sure))

    def _sends(self, sock: socket.socket, pieces: list[Any]) -> None:
        if sock in self._accepted:
            return
        wire = self._wires.get(sock)
        if wire is None:
            if sys._getframe(2).f_code.co_name != "_write_to_self":  # asyncio wakes itself
                self._note(ANYTHING)
            return
        for piece in pieces:
            for access in wire.sent(bytes(piece), self._whose):
                self._note(access)

    def watch(self) -> None:
        """Stand between the app and its sockets. (A package in C may have sockets of its own.)"""
        for name in _SENDS:
            self._watch_sending(name)
        for name in _RECEIVES:
            self._watch_receiving(name)
        accept, make = socket.socket.accept, ssl.SSLSocket._create.__func__  # type: ignore[attr-defined]

        def accept_and_note(sock: socket.socket) -> Any:
            # asyncio takes all connections that wait, and the other workers get none. uvloop, which
            # uvicorn would take, leaves them to a worker that is free.
            if sock in self._has_just_accepted:
                self._has_just_accepted.discard(sock)
                raise BlockingIOError
            got = accept(sock)
            if sock.gettimeout() == 0:
                self._has_just_accepted.add(sock)
            self._accepted.add(got[0])
            address = got[0].getsockname()
            if isinstance(address, tuple):
                self.port = address[1]
                # asyncio does so itself unless uvicorn was given a descriptor, whose kind it guesses.
                got[0].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return got

        def make_and_note(cls: type, *arguments: Any, **options: Any) -> Any:
            self._caveat("it talks in secret")
            return make(cls, *arguments, **options)

        socket.socket.accept = accept_and_note  # type: ignore[method-assign, assignment]
        ssl.SSLSocket._create = classmethod(make_and_note)  # type: ignore[attr-defined]

    def _watch_sending(self, name: str) -> None:
        original = getattr(socket.socket, name)

        def send(sock: socket.socket, data: Any, *arguments: Any) -> Any:
            pieces = [*data] if name == "sendmsg" else [data]  # it may be an iterator
            self._sends(sock, pieces)
            return original(sock, pieces if name == "sendmsg" else data, *arguments)

        setattr(socket.socket, name, send)

    def _watch_receiving(self, name: str) -> None:
        original = getattr(socket.socket, name)

        def receive(sock: socket.socket, *arguments: Any) -> Any:
            got = original(sock, *arguments)
            wire = self._wires.get(sock)
            if wire is not None:  # outside of a step, this tells that something runs beside them
                self._note(ANYTHING if wire.lost else Access(READ, "socket"))
                if wire.replies is not None:
                    wire.replies.came(_received(name, arguments, got))
            return got

        setattr(socket.socket, name, receive)


def _received(name: str, arguments: tuple[Any, ...], got: Any) -> bytes:
    """The bytes that a call has received; none where they stay to be received again."""
    if socket.MSG_PEEK in arguments:
        return b""
    if name == "recv":
        return bytes(got)
    if name == "recv_into":
        return bytes(memoryview(arguments[0])[:got])
    return bytes(got[0]) if name in ("recvfrom", "recvmsg") else b""
