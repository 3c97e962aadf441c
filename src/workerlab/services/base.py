"""What every service shares: find a server or start a private one, and yield its URL."""

from __future__ import annotations

import os
import pwd
import random
import shutil
import socket
import time
from abc import ABC, abstractmethod
from pathlib import Path
from urllib.parse import urlsplit

from workerlab.errors import BadUsage, NotReady, ServiceMissing
from workerlab.processes.child import Child
from workerlab.processes.patience import Deadline

STRANGER = "nobody"
PORTS = range(10_000, 32_000)  # below Linux's own choice for outgoing connections
TRIES = 20  # ports that may be found taken before we give up
CONNECT = 3.0  # seconds for a server named by the environment to accept
DEADLINE = 30.0  # seconds for a service to respond
FOREIGN = ("Exec format error", "cannot execute", "GLIBC_", "not a dynamic executable")
_dice = random.SystemRandom()  # never the random module's own state: a reader may have seeded it


class Service(ABC):
    """A store, found or started; a context manager that yields its URL.

    The environment variable (`variable`) decides first; `own=True` ignores it and always starts
    a private server, gone when this process is gone. Raises ServiceMissing when there is neither
    a URL nor a server's program.
    """

    name: str
    variable: str
    install: str  # how to get the server's program, as a sentence's beginning

    def __init__(self, *, own: bool = False) -> None:
        self.own = own
        self.url: str = "" if own else os.environ.get(self.variable, "")
        self.external = bool(self.url)
        self.port = 0
        self._child: Child | None = None

    def start(self) -> str:
        """Start, or start again after `stop()` on the same port and data; returns the URL."""
        if self.external:
            self._check_external()
        elif self._child is None:
            self._start_somewhere()
        elif self.pid is None:
            self._child.start()
            if not self._answers():
                raise NotReady(f"{self.name} cannot have port {self.port} back", details=self.log)
        return self.url

    def stop(self, *, kill: bool = False) -> None:
        """End the server in an orderly way, or with SIGKILL; its data stay for `start()`.

        A server that is not ours is left alone.
        """
        if self._child is not None:
            self._child.stop(kill=kill)

    def close(self) -> None:
        """End the server and remove its data."""
        child, self._child = self._child, None
        if child is not None:
            child.close()

    def __enter__(self) -> str:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def pause(self) -> None:
        """Hold the server (SIGSTOP): it accepts connections, and responds on none."""
        self._ours().pause()

    def resume(self) -> None:
        """Let a paused server go on."""
        self._ours().resume()

    @property
    def pid(self) -> int | None:
        """The server's process; None when it is not ours, or does not run."""
        if self._child is None:
            return None
        self._child.poll()
        return self._child.inner_pid

    @property
    def log(self) -> str:
        """What the server printed."""
        return self._child.log if self._child else ""

    @property
    def folder(self) -> Path | None:
        """Where the server keeps its data; None when it is not ours."""
        return self._child.folder if self._child else None

    @property
    @abstractmethod
    def socket(self) -> Path | None:
        """The private Unix socket of a server of ours."""

    @property
    def admin_url(self) -> str:
        """The administrator's address of a server of ours, with every right."""
        return self.url

    def _new_child(self) -> Child:
        """The process of the server; if we are root, it runs as the user `nobody`."""
        return Child(user=stranger(), store=True)

    @abstractmethod
    def _open(self, child: Child, port: int) -> None:
        """Open the child with the command for this port."""

    @abstractmethod
    def _url(self, port: int) -> str:
        """The URL that clients are given."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Whether our server responds through its private socket, on our port."""

    def _missing(self, looked_for: str) -> ServiceMissing:
        """No program was found. A URL helps only a caller that did not ask for a server of its own."""
        if self.own:
            return ServiceMissing(f"no {self.name} was found: {looked_for}", self.install)
        return ServiceMissing(
            f"no {self.name} was found: no {self.variable}, {looked_for}",
            f"{self.install}, or set {self.variable} to one that runs",
        )

    def _start_somewhere(self) -> None:
        """Let the server itself bind a port; when that one is taken, try another."""
        for port in _dice.sample(PORTS, TRIES):
            self.port, self.url = port, self._url(port)
            self._child = self._new_child()
            try:
                self._open(self._child, port)
                self._child.start()
                if self._answers():
                    return
            except BaseException:
                self.close()
                raise
            log = self.log
            self.close()
            if "in use" not in log:
                break
        if any(words in log for words in FOREIGN):
            raise ServiceMissing(
                f"{self.name}'s program does not run on this machine (it is for another system)",
                self.install,
                log,
            )
        raise ServiceMissing(f"{self.name} ended as soon as it started", "see its log", log)

    def _answers(self) -> bool:
        """Wait until our server is ready: True; or has ended by itself: False."""
        assert self._child is not None  # it has just been started
        deadline = Deadline(DEADLINE)
        while self._child.poll() is None:
            if self._is_ready():
                return True
            if deadline.passed:
                raise NotReady(
                    f"{self.name} did not answer within {DEADLINE:g} s", "see its log", self.log
                )
            time.sleep(0.003)
        return False

    def _ours(self) -> Child:
        if self._child is None:
            raise BadUsage(f"there is no {self.name} of ours to pause", "start it with own=True")
        return self._child

    def _check_external(self) -> None:
        """A URL from the environment must lead to a server."""
        place = urlsplit(self.url)
        if place.hostname and place.port:
            try:
                socket.create_connection((place.hostname, place.port), CONNECT).close()
            except OSError as error:
                raise ServiceMissing(
                    f"{self.name} does not answer at {place.hostname}:{place.port} "
                    f"({error.strerror or error})",
                    f"start it there, or unset {self.variable} to have a private one",
                ) from None


def stranger() -> int | None:
    """The user that runs a server in root's place: a store must not give root's rights to its clients."""
    return pwd.getpwnam(STRANGER).pw_uid if os.getuid() == 0 else None


def program(name: str, bundled: Path | None) -> Path | None:
    """The program to run: the one that a Python package brought along, else the one on PATH."""
    if bundled and os.access(bundled, os.X_OK):
        return bundled
    found = shutil.which(name)
    return Path(found) if found else None


def ask(path: Path | None, question: bytes, timeout: float = 1.0) -> bytes:
    """Send bytes to a Unix socket and return the first response; b"" if there is no server."""
    if path is None:
        return b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        try:
            connection.connect(str(path))
            connection.sendall(question)
            return connection.recv(65536)
        except OSError:
            return b""
