"""The conductor: hears from every held task, and lets one of them move at a time."""

import contextlib
import os
import secrets
import selectors
import socket
from typing import Self

from workerlab.stepping.controller.remote_task import Actor, State, Stop
from workerlab.stepping.controller.source_lines import Sources
from workerlab.stepping.protocol import FREE, LONGEST_LINE, address, decode, forget, own_path, take_line

KNOCK_S = 1.0  # who connects says at once what for
MOST_PASSED = 10_000  # steps of one schedule that nobody was held at; no task tells more of them


class Conductor:
    """Listens for the gates of the workers; `path` goes into the workers' environment.

    One schedule at a time: `start` names the actors of a schedule, `poll` takes in what they
    report, `finish` lets go of whatever is still held. What a worker says is not trusted: one
    that says what it cannot mean is let go, and answers what it likes.

    sources   where the lines are that the workers may be at
    """

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.path = own_path(f"workerlab-{os.getpid()}-{secrets.token_hex(6)}")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(address(self.path))
        self._listener.listen(64)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._actors: dict[str, Actor] = {}
        self._serial = 0
        self.clock = 0  # logical time: one tick for each call and each return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening. Every held task runs on."""
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()
        forget(self.path)

    def start(self, actors: list[Actor]) -> None:
        """Begin a schedule with these actors."""
        self._serial += 1
        self._actors = {self.label(actor): actor for actor in actors}

    def label(self, actor: Actor) -> str:
        """What the task header says: unique over schedules, so that a straggler is known."""
        return f"{self._serial}.{actor.name}"

    def tick(self) -> int:
        self.clock += 1
        return self.clock

    def send(self, actor: Actor, mode: str, *, held: bool = True) -> None:
        """Call the actor's request now."""
        actor.called = self.tick()
        try:
            actor.send(self.label(actor) if held else None, mode)
        except OSError as error:  # the worker has gone
            actor.error = type(error).__name__
            actor.connection.close()  # half a request is in it: nobody can use it again
            actor.answered, actor.state = True, State.DONE
            return
        if actor.channel is not None:  # a worker that starts: it has nothing else to tell by
            self._listen_to(actor)
            return
        self._selector.register(
            actor.connection.sock,
            selectors.EVENT_READ,
            lambda _: self._read_answer(actor),
        )

    def poll(self, timeout: float) -> bool:
        """Take in what has been reported within `timeout` seconds; whether there was anything."""
        events = self._selector.select(timeout)
        for key, _ in events:
            key.data(key.fileobj)
        return bool(events)

    def finish(self) -> None:
        """End the schedule: whatever is still held runs on, and is never heard again."""
        for actor in self._actors.values():
            self._forget(actor.connection.sock)
            if actor.called is not None and not actor.answered:
                actor.connection.close()  # a response may still come, which is nobody's
            if actor.channel is not None and actor.held:
                self._dismiss(actor.channel)
        self._actors = {}

    def _dismiss(self, channel: socket.socket) -> None:
        self._forget(channel)
        with contextlib.suppress(OSError):
            channel.send(FREE)
        channel.close()  # an end of file also means: run on

    def _forget(self, sock: socket.socket | None) -> None:
        if sock is not None and sock.fileno() in self._selector.get_map():
            self._selector.unregister(sock)

    def _accept(self, listener: socket.socket) -> None:
        channel, _ = listener.accept()
        try:
            channel.settimeout(KNOCK_S)
            word, label, *_ = [*decode(take_line(channel)), "", ""]
            channel.settimeout(None)
        except (OSError, ValueError):
            word = label = ""
        actor = self._actors.get(label)
        if word != "task" or actor is None or actor.channel is not None:
            return self._dismiss(channel)
        actor.channel, actor.held = channel, True
        return self._listen_to(actor)

    def _listen_to(self, actor: Actor) -> None:
        read = selectors.EVENT_READ
        self._selector.register(actor.channel, read, lambda _: self._read_channel(actor))

    def _read_channel(self, actor: Actor) -> None:
        try:
            received = actor.channel.recv(LONGEST_LINE)
        except OSError:
            received = b""
        *lines, actor.unread = (actor.unread + received).split(b"\n")
        try:
            for line in lines:
                self._take(actor, *decode(line))
        except (ValueError, TypeError):
            received = b""
        if len(actor.unread) > LONGEST_LINE or len(actor.passed) > MOST_PASSED:
            received = b""
        if not received:  # done, or its worker has died, or it talks nonsense
            self._forget(actor.channel)
            actor.channel.close()
            actor.hung_up(self.tick())

    def _take(self, actor: Actor, word: str, *fields: str) -> None:
        if word in ("gate", "resume"):
            self._at_gate(actor, Stop.parse(word, [*fields], self.sources))
        elif word == "pass":
            actor.passed.append(Stop.parse(word, [*fields], self.sources))
        elif word == "done":
            actor.said_done = True

    def _at_gate(self, actor: Actor, stop: Stop) -> None:
        if actor.state is State.GATE:  # a second strand of the same request: one after the other
            actor.waiting_stops.append(stop)
            return
        actor.stopped_at(stop)

    def _read_answer(self, actor: Actor) -> None:
        actor.take_answer()
        if not actor.answered:
            return
        self._forget(actor.connection.sock)
        actor.exchange.release()
        if actor.error is None:
            actor.returned = self.tick()
        if not actor.held:
            actor.state = State.DONE
