"""One listening socket and the workers behind it."""

from __future__ import annotations

import errno
import os
import signal
import socket
import stat
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from workerlab.errors import AppDidNotStart, BadUsage, NotReady
from workerlab.processes.child import Child
from workerlab.processes.starts import Starts, as_a_script
from workerlab.processes.tree import alive, descendants, descends
from workerlab.processes.waiting import Waiting
from workerlab.servers import readiness, runners
from workerlab.servers.apart import Apart, possible
from workerlab.servers.environment import for_python, search_paths
from workerlab.servers.interpreter import Interpreter, put_worker_side
from workerlab.servers.readiness import PROBE
from workerlab.servers.templates import Forks, starts_for

BACKLOG = 2048  # as uvicorn's own default
LAST_LINES = 30  # of the log, in an error's details
LONGEST_NOTE, MOST_MARKS = 100_000, 1000  # bytes, files


class Instance:
    """A server on a port of its own. The socket is ours, so a restart keeps the port."""

    def __init__(
        self,
        child: Child,
        folder: Path,
        env: dict[str, str],
        port: int,
        fds: tuple[int, ...] = (),
        **options: Any,
    ) -> None:
        self.workers, self.options = options["workers"], options
        self.socket = _listen(port, nodelay=_has_nodelay(self.workers, options["loop"]))
        self.port: int = self.socket.getsockname()[1]
        self.child, self._folder = child, folder
        self.name = Path(env["WORKERLAB_APP"]).name
        self._met: list[int] = []
        self.python: Interpreter | None = options.get("python")
        fd = self.socket.fileno()
        apart = options.pop("apart", False)
        options["root_path"] = options["root_path"].replace("{port}", str(self.port))
        try:
            command = runners.command(fd=fd, **options)
        except BaseException:
            self.socket.close()
            raise
        # uvicorn is its own worker where it has one, but not the one that forks them
        self._has_a_parent = self.workers > 1 or runners.WARM in command
        self._open: dict[str, Any] = {
            "command": command,
            "env": self._environment(env),
            "cwd": folder,
            "fds": (fd, *fds),
        }
        self._apart = None
        if apart and (child.by_bubblewrap or possible()):
            self._apart = Apart(env, [folder, child.folder])
            self._open |= {"fds": (fd, self._apart.fd), "apart": self._apart}

    def _environment(self, env: dict[str, str]) -> dict[str, str]:
        own = {
            **for_python(),
            "PWD": str(self._folder),  # as a shell says it
            "TMPDIR": str(self.child.folder),  # what it leaves there is removed with the folder
            "WORKERLAB_FOLDER": str(self.child.folder),
            **env,
        }
        if self.python:  # which has workerlab from here, and no other package of ours
            theirs = [
                path for path in search_paths(own) if path and not Path(path, "workerlab").is_dir()
            ]
            own["PYTHONPATH"] = os.pathsep.join([str(self._worker_side), *theirs])
            own.pop("PYTHONHOME", None)
        return own

    @property
    def _worker_side(self) -> Path:
        """Where another project's Python finds what a worker imports of us."""
        return self.child.folder / "worker-side"

    def start(self) -> None:
        if self.child.lifeline_pid is None:
            starts = self._starts()
            self.child.open(**self._open, starts=starts, enters=isinstance(starts, Forks))
            if self.python:
                put_worker_side(self._worker_side)
        for trace in (self._failure, *self._starting().values()):
            with suppress(OSError):  # the app can put anything there
                trace.unlink(missing_ok=True)
        self.child.start()

    def _starts(self) -> Starts:
        """How the process that looks after the server starts."""
        sandbox = self.child.sandbox
        by_user_alone = self.child.confined and sandbox is None
        if by_user_alone or runners.WARM not in self._open["command"]:
            return as_a_script
        env: dict[str, str] = self._open["env"]
        leave = not self.child.by_bubblewrap
        apart = self._apart.order(leave=leave) if self._apart else None
        return starts_for(env["WORKERLAB_APP"], env, sandbox, apart)

    def wait_for_start(self, deadline: float) -> None:
        """Wait until every worker has responded; a worker that dies before that is a failure."""
        met = self._meet(deadline, self.workers, self._check_start)
        readiness.close(connection for _, connection in met)

    def stop(self) -> None:
        self.child.stop()
        self._met = []

    def replace_workers(self, between: Callable[[], None]) -> None:
        """Kill the workers, and have the server itself start new ones after `between()`.

        The server is held meanwhile. Much faster than to start that anew; a server that has more
        to it than its workers, or is its own worker, is started anew all the same.
        """
        workers = set(self.pids)
        replaced = self.python is None or self.python.replaces
        by_a_parent = self.options["warm"] and self._has_a_parent and replaced
        if not by_a_parent or any(map(descendants, workers)):
            self.stop()
            between()
            self.start()
            return
        self.child.pause()
        for pid in workers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in workers:
            readiness.wait_for_end(pid, runners.PATIENCE_S)
        between()
        self._met = []
        self.child.resume()

    def let_go(self, *, kill: bool = False) -> None:
        self.child.let_go(kill=kill)

    def close(self, *, kill: bool = False) -> None:
        self.child.close(kill=kill)
        self.socket.close()
        if self._apart:
            self._apart.close()
        self._met = []

    @property
    def open(self) -> bool:
        return self.child.lifeline_pid is not None

    @property
    def root(self) -> int | None:
        """The process that all of ours descend from."""
        return self.child.lifeline_pid

    @property
    def left_behind(self) -> list[str]:
        return self.child.left_behind

    @property
    def pids(self) -> list[int]:
        living = alive(self._met)
        return [pid for pid in self._met if pid in living]

    @property
    def log(self) -> str:
        lines = self.child.log.splitlines(keepends=True)
        return "".join(line for line in lines if PROBE not in line)

    def wait_for_workers(self, deadline: float, n: int | None = None) -> None:
        readiness.close(connection for _, connection in self.connections(deadline, n))

    def connections(
        self, deadline: float = runners.PATIENCE_S, n: int | None = None
    ) -> list[tuple[int, HTTPConnection]]:
        return self._meet(deadline, self.workers if n is None else n, self._check)

    def _meet(
        self, deadline: float, n: int, check: Callable[[], None]
    ) -> list[tuple[int, HTTPConnection]]:
        try:
            met = readiness.meet(
                self.port,
                n,
                deadline,
                check=check,
                ours=self._is_ours,
                kept_waiting=self.clock_of_waiting(),
            )
        except NotReady as error:
            error.advice = "see the end of its log; is something at the top of the file waiting?"
            error.details = self._last_lines()
            raise
        self._met = sorted(met)
        return sorted(met.items(), key=lambda pair: pair[0])

    def clock_of_waiting(self) -> Callable[[], float]:
        """A function: how long, from now on, the most delayed process has waited for a processor.

        Workers that keep each other waiting, in an endless loop say, gain no time by that.
        """
        return Waiting(self._everybody).seconds

    def _everybody(self) -> list[int]:
        return [os.getpid(), *self._ours()]

    def _is_ours(self, pid: int) -> bool:
        return self.root is not None and descends(pid, self.root)

    def _ours(self) -> list[int]:
        return descendants(self.root) if self.root is not None else []

    @property
    def _failure(self) -> Path:
        """Where boot.py writes why the app does not start."""
        return self.child.folder / "failure"

    def _starting(self) -> dict[int, Path]:
        """The marks of workers that are importing the app or in its start-up code, by pid.

        None where the app has moved its folder away.
        """
        try:
            marks = [*islice(self.child.folder.glob("starting.*"), MOST_MARKS)]
        except OSError:
            return {}
        pids = {mark.suffix[1:]: mark for mark in marks}
        return {int(pid): mark for pid, mark in pids.items() if pid.isascii() and pid.isdigit()}

    def _check(self) -> None:
        """Raise AppDidNotStart as soon as it is known that the workers will not come."""
        if report := _read(self._failure):
            summary, advice, *details = [*report.split("\n", 2), ""]
            raise AppDidNotStart(f"{self.name} did not start: {summary}", advice, "".join(details))
        if (status := self.child.poll()) is not None:
            how = f"exit status {status}" if status >= 0 else f"signal {-status}"
            raise self._ended(f"its server ended with {how}")

    def _check_start(self) -> None:
        self._check()
        pids = set(self._starting())
        if dead := pids - alive(pids):
            self._check()  # it may have reported why, just before
            raise self._ended(f"worker {min(dead)} died while it imported or started the app")

    def _ended(self, how: str) -> AppDidNotStart:
        advice = f"see the last lines it printed; start it again once {self.name} is fixed"
        return AppDidNotStart(f"{self.name} does not run: {how}", advice, self._last_lines())

    def _last_lines(self) -> str:
        return "\n".join(self.log.splitlines()[-LAST_LINES:])


def _read(note: Path) -> str:
    """What boot.py wrote; "" when there is no such file. The app may have put anything there."""
    try:
        if not stat.S_ISREG(note.lstat().st_mode):
            return ""
        descriptor = os.open(note, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            return file.read(LONGEST_NOTE).decode(errors="replace")
    except OSError:
        return ""


def _has_nodelay(workers: int, loop: str) -> bool:
    """Whether `uvicorn --workers N`, left to itself, would set TCP_NODELAY on its connections.

    uvloop always does. asyncio does for a socket that it made itself: with one worker, but not
    with several, which is why each of their responses takes 40 ms. A socket that is passed down
    hides from both that it is TCP, so we decide for them, and decide the same.
    """
    return workers == 1 or loop == "uvloop" or (loop == "auto" and find_spec("uvloop") is not None)


def _listen(port: int, *, nodelay: bool) -> socket.socket:
    """A listening socket on 127.0.0.1; its workers inherit it."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if nodelay:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted ones inherit it
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise BadUsage(
                f"port {port} is already in use", "choose another, or leave port= out"
            ) from None
        raise BadUsage(
            f"cannot listen on port {port}: {error.strerror}", "choose another"
        ) from None
    listener.listen(BACKLOG)
    return listener
