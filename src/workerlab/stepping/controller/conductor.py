"""The conductor: reads the reports of all held tasks, and lets one task move at a time."""

import contextlib
import os
import secrets
import selectors
import socket
from typing import Self

from workerlab.processes.patience import wait_to_read
from workerlab.stepping.controller.remote_task import RemoteTask
from workerlab.stepping.controller.source_lines import Sources
from workerlab.stepping.protocol import (
    FREE,
    LONGEST_LINE,
    address,
    decode,
    forget,
    own_path,
    take_line,
)

KNOCK_S = 1.0  # a new connection must say at once what it is for


class Conductor:
    """Listens for the gates of the workers; `path` goes into the workers' environment.

    One schedule at a time: `start` names the tasks of a schedule, `poll` reads their reports,
    `finish` lets go of every task that is still held. Reports are not trusted: a worker that
    sends an impossible report is let go, and its response may be anything.

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
        self._tasks: dict[str, RemoteTask] = {}
        self._serial = 0
        self.clock = 0  # logical time: one tick for each call and each return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening. Every held task runs on."""
        for key in list(self._selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)  # nothing else is ever registered
            key.fileobj.close()
        self._selector.close()
        forget(self.path)

    def start(self, tasks: list[RemoteTask]) -> None:
        """Begin a schedule with these tasks."""
        self._serial += 1
        self._tasks = {self.label(task): task for task in tasks}

    def label(self, task: RemoteTask) -> str:
        """The value of the task header: unique over schedules, so that late requests are recognised."""
        return f"{self._serial}.{task.name}"

    def tick(self) -> int:
        self.clock += 1
        return self.clock

    def send(self, task: RemoteTask, mode: str, *, held: bool = True) -> None:
        """Call the task's request now."""
        task.call(self.tick(), self.label(task) if held else None, mode)
        if task.answered:  # its worker has gone
            return
        if task.channel is not None:  # a worker that starts: this is its only report
            self._listen_to(task, task.channel)
            return
        self._selector.register(
            task.connection.sock,
            selectors.EVENT_READ,
            lambda _: self._read_response(task),
        )

    def poll(self, timeout: float) -> bool:
        """Read the reports that come within `timeout` seconds; whether there were any."""
        events = self._selector.select(timeout)
        for key, _ in events:
            key.data(key.fileobj)
        return bool(events)

    def finish(self) -> None:
        """End the schedule: tasks that are still held run on, and their reports are ignored."""
        for task in self._tasks.values():
            self._forget(task.connection.sock)
            if task.called is not None and not task.answered:
                task.connection.close()  # a response may still come, which is ignored
            if task.channel is not None and task.held:
                self._dismiss(task.channel)
        self._tasks = {}

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
            wait_to_read(channel, KNOCK_S)
            channel.settimeout(KNOCK_S)
            word, label, *_ = [*decode(take_line(channel)), "", ""]
            channel.settimeout(None)
        except (OSError, ValueError):
            word = label = ""
        task = self._tasks.get(label)
        if word != "task" or task is None or task.channel is not None:
            return self._dismiss(channel)
        task.come_to(channel)
        return self._listen_to(task, channel)

    def _listen_to(self, task: RemoteTask, channel: socket.socket) -> None:
        read = selectors.EVENT_READ
        self._selector.register(channel, read, lambda _: self._read_channel(task, channel))

    def _read_channel(self, task: RemoteTask, channel: socket.socket) -> None:
        try:
            received = channel.recv(LONGEST_LINE)
        except OSError:
            received = b""
        makes_sense = task.hear(received, self.sources)
        if not received or not makes_sense:  # an end of file: done, or its worker has died
            self._forget(channel)
            channel.close()
            task.hung_up(self.tick())

    def _read_response(self, task: RemoteTask) -> None:
        task.take_response()
        if not task.answered:
            return
        self._forget(task.connection.sock)
        task.finish(self.tick)
