"""A link to a store that can be slow: it holds the store's messages for a while.

An app that keeps a copy and learns of changes by messages (publish and subscribe, client-side
caching, keyspace notifications) is right only as long as messages are fast. Networks do not
promise that. So an app is served with the address of a link in place of the store's, and the
link decides when a message arrives. Responses to the app's own commands pass at once.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Condition, Event, Thread
from typing import Self

from workerlab.network.stop import Stop
from workerlab.processes.ports import LOCAL, Ends, owner_of

__all__ = ["Link", "Stop", "Wire"]

CHUNK = 65536
UNASKED, ANSWERS, EVERYTHING = "unasked", "answers", "everything"  # held data
ONE_ANSWER = "one answer"  # and what comes behind it on its connection


class Link:
    """Forwards 127.0.0.1:`port` to a store at `host`:`to`; a context manager, or start and close.

    Close it after the app that uses it.
    """

    def __init__(
        self, host: str, to: int, *, stop: Stop | None = None, door: socket.socket | None = None
    ) -> None:
        """
        stop   where what the app sends can be stopped; several links may have one together
        door   a listening socket of another network, in place of a port of ours
        """
        self.store = (host, to)
        self._listener = door or socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._accepting = Thread(target=self._accept, daemon=True)
        self._lines: list[_Line] = []
        self._changed = Condition()
        self._hold = 0  # which hold this is
        self._until = 0.0  # when it ends by itself
        self._whose: int | None = None  # the one process that is held
        self._what = UNASKED
        self._passing = 0  # how many responses still pass
        self._holds = Event()  # whether anything is held by now
        self._heard: list[bytes] | None = None  # what the app sends, if somebody wants to know
        self.stop = stop or Stop()

    def start(self) -> Self:
        self._accepting.start()
        return self

    def close(self) -> None:
        """Let everything go and hang up."""
        self._release()
        self.stop.let_go()
        _hang_up(self._listener)
        self._accepting.join()
        self._listener.close()
        for line in self._lines:
            line.end()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def holding(self, seconds: float, pid: int | None = None) -> Iterator[Event]:
        """Hold what the store sends unasked while the block runs, for `seconds` at most.

        With `pid`, only what it sends to that process. The bound is for apps that wait until every
        worker has heard of a change: they may. Yields an Event that is set as soon as something
        is held.
        """
        with self._holding(seconds, pid, UNASKED):
            yield self._holds

    @contextmanager
    def late_for(self, pid: int, seconds: float, *, after: int | None = None) -> Iterator[Event]:
        """Hold what the store sends to one process while the block runs, for `seconds` at most.

        What that process sends still passes. With `after`, messages reach it and so do the first
        `after` responses to what it asks from now on; all further responses are held, so that
        its reaction to a message stays half done. Yields an Event that is set as soon as
        something is held.
        """
        with self._holding(seconds, pid, EVERYTHING if after is None else ANSWERS, after or 0):
            yield self._holds

    @contextmanager
    def one_answer_late(self, pid: int, seconds: float, *, after: int = 0) -> Iterator[Event]:
        """Hold one response to what one process asks from now on, while the block runs.

        It is the first one, or with `after` the one that comes after so many. What the store sends
        to that process on other connections still passes, so a process that asks twice at the same
        moment hears the second response first.
        """
        with self._holding(seconds, pid, ONE_ANSWER, after):
            yield self._holds

    def let_one_pass(self) -> None:
        """Of what is held, the next piece passes: mostly one message."""
        with self._changed:
            self._passing += 1
            self._changed.notify_all()

    @contextmanager
    def _holding(
        self, seconds: float, whose: int | None, what: str, passing: int = 0
    ) -> Iterator[None]:
        with self._changed:
            self._hold += 1
            self._whose, self._what, self._passing, self._holds = whose, what, passing, Event()
            self._late: _Line | None = None  # the connection of the one answer that is late
            self._until = time.monotonic() + seconds
        try:
            yield
        finally:
            self._release()

    @contextmanager
    def overhearing(self) -> Iterator[list[bytes]]:
        """Yields a list of all pieces that the app sends while the block runs."""
        heard: list[bytes] = []
        self._heard = heard
        try:
            yield heard
        finally:
            self._heard = None

    @contextmanager
    def stopping_before(
        self, piece: int, pid: int | None = None, *, alone: bool = False
    ) -> Iterator[Event]:
        """Stop what the app sends before its `piece`th piece while the block runs: see `Stop`."""
        with self.stop.before(piece, pid, alone=alone) as stopped:
            yield stopped

    def threads(self) -> set[int]:
        """The native ids of the threads that forward its connections."""
        found = {
            thread.native_id for line in self._lines for thread in (line.asking, line.answering)
        }
        return {number for number in found if number}

    def _release(self) -> None:
        with self._changed:
            self._until = 0.0
            self._changed.notify_all()

    def _accept(self) -> None:
        with suppress(OSError):  # closed: no connection comes any more
            while True:
                app, (_, port) = self._listener.accept()
                self._connect(app, (port, self.port))

    def _connect(self, app: socket.socket, ends: Ends) -> None:
        try:
            store = socket.create_connection(self.store)
        except OSError:
            app.close()  # to the app it looks as if the store were away, as it is
            return
        self.stop.came(ends)
        line = _Line(self, app, store, ends)
        self._lines = [old for old in self._lines if old.lives] + [line]


class Wire:
    """Links to all the stores that an app's settings name, and one stop for all of them.

    env    the app's settings: every address of this machine in them is a store's
    stop   where what the app sends is stopped, if not a plain one

    A context manager that yields itself; its `env` is the same with the links' addresses.
    """

    def __init__(self, env: Mapping[str, str], stop: Stop | None = None) -> None:
        self.stop = stop or Stop()
        places = sorted(
            {match.groups() for value in env.values() for match in LOCAL.finditer(value)}
        )
        self.links = {place: Link(place[0], int(place[1]), stop=self.stop) for place in places}
        self.env = {name: LOCAL.sub(self._through, value) for name, value in env.items()}

    def __enter__(self) -> Self:
        for link in self.links.values():
            link.start()
        return self

    def __exit__(self, *_: object) -> None:
        for link in self.links.values():
            link.close()

    def _through(self, place: re.Match[str]) -> str:
        return f"127.0.0.1:{self.links[place.groups()].port}"


class _Line:
    """One connection: two threads, one for each direction."""

    def __init__(self, link: Link, app: socket.socket, store: socket.socket, ends: Ends) -> None:
        self.link, self.app, self.store, self.ends = link, app, store, ends
        self.asked_in = 0  # the hold during which the app last asked something
        self._looked_in, self._meant = 0, False  # the hold for which its owner was looked up
        for end in (app, store):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.asking = Thread(target=self._ask, daemon=True)
        self.answering = Thread(target=self._answer, daemon=True)
        self.asking.start()
        self.answering.start()

    @property
    def lives(self) -> bool:
        if self.asking.is_alive() or self.answering.is_alive():
            return True
        self.end()
        return False

    def end(self) -> None:
        """Hang up on both sides."""
        for end in (self.app, self.store):
            _hang_up(end)
        for thread in (self.asking, self.answering):
            thread.join()
        self.app.close()
        self.store.close()

    def _ask(self) -> None:
        link = self.link
        with suppress(OSError):
            while data := self.app.recv(CHUNK):
                if not link.stop.wait(self.ends):
                    break
                if (heard := link._heard) is not None:
                    heard.append(data)
                with link._changed:
                    self.asked_in = link._hold
                    link._changed.notify_all()
                self.store.sendall(data)
        _hang_up(self.store)

    def _answer(self) -> None:
        link = self.link
        with suppress(OSError):
            while data := self.store.recv(CHUNK):
                with link._changed:
                    self._wait()
                self.app.sendall(data)
                link.stop.answered(self.ends)
        _hang_up(self.app)
        link.stop.answered(self.ends)

    def _wait(self) -> None:
        while self._held():
            if self.link._passing:
                self.link._passing -= 1
                return
            self.link._holds.set()
            self.link._changed.wait(self.link._until - time.monotonic())

    def _held(self) -> bool:
        link = self.link
        if time.monotonic() >= link._until or not self._is_meant():
            return False
        asked = self.asked_in == link._hold
        if link._what == ONE_ANSWER:
            if asked and link._late is None and not link._passing:
                link._late = self
            return link._late is self or (asked and link._late is None)
        return {UNASKED: not asked, ANSWERS: asked, EVERYTHING: True}[link._what]

    def _is_meant(self) -> bool:
        link = self.link
        if link._whose is None:
            return True
        if self._looked_in != link._hold:
            meant = owner_of(self.ends, [link._whose]) > 0
            self._looked_in, self._meant = link._hold, meant
        return self._meant


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):  # the other side has gone first
        end.shutdown(socket.SHUT_RDWR)
