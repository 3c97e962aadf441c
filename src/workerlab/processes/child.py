"""A command tied to the life of this process: the caller's side of the lifeline."""

from __future__ import annotations

import os
import secrets
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from workerlab.errors import NotReady
from workerlab.processes.activity import with_descendants
from workerlab.processes.folders import in_memory, temporary_folder
from workerlab.processes.sandbox import confined, give
from workerlab.processes.starts import Lifeline, Starts, as_a_script
from workerlab.processes.tree import descendants, name_of
from workerlab.processes.waiting import Waiting

LOG_TAIL = 1_000_000  # bytes of a log that are read back; what came before is left out
PATIENCE_S = 3.0  # seconds in which a command must end when it is asked to
LOOK_S = 0.1  # seconds between two looks at a lifeline that is late
SHELL_PATIENCE = 15.0  # seconds for the lifeline itself to respond on a busy machine


class Elsewhere(Protocol):
    """Makes a command run as if on another machine: `servers.apart` has one."""

    folders: list[Path]

    def command(self, command: list[str], *, leave: bool) -> list[str]:
        """The same command, which goes there first."""


class Child:
    """A command, its temporary folder and its log, all gone when this process is gone.

    The folder is made by the lifeline, so there is no moment at which our own death could
    leave it behind. The command starts with `start()` and may be started again after `stop()`.
    """

    _log: int | None = None  # also of a child that Ctrl-C cuts short while it is made

    def __init__(
        self,
        *,
        patience: float = PATIENCE_S,
        stop_signal: int = signal.SIGTERM,
        user: int | None = None,
        in_sandbox: bool = False,
        alone: tuple[Path, ...] = (),
        store: bool = False,
        private: bool = False,
        wrapped: bool = False,
        many_files: bool = False,
    ) -> None:
        """Nothing is made or started yet.

        patience     seconds in which the command must end
        user         the numeric user to run as (root only); a sandbox has a user of its own
        in_sandbox   the command runs a submission's code: see `processes.sandbox`
        alone        folders of /tmp that the sandbox shows when the command must see no other
                     process and no other file
        store        the command is a store of a submission
        private      no submission may see the folder
        wrapped      the command is bubblewrap, which starts another command
        many_files   it keeps many files, or writes often: in memory, where that has room
        """
        self.sandbox = confined() if in_sandbox or store else None
        if self.sandbox and alone:
            self.sandbox = replace(self.sandbox, alone=alone)
        has_own = self.sandbox and (self.sandbox.bubblewrap or self.sandbox.store_user is not None)
        self.user, self.store = None if has_own else user, store
        self.wrapped = wrapped or bool(self.sandbox and self.sandbox.bubblewrap)
        place = temporary_folder(for_all=self.user is not None)
        if (store or private) and (sandbox := confined()) and sandbox.private:
            place = sandbox.private
        elif many_files and not confined():
            place = in_memory(place)
        self.folder = place / f"workerlab-{secrets.token_hex(6)}"
        self.patience = patience
        self.stop_signal = stop_signal
        self.pid: int | None = None  # of the command, while it runs
        self.status: int | None = None  # its exit status (-N when signal N ended it)
        self.left_behind: list[str] = []  # names of processes that outlived the command
        self._unread = b""
        self._process: Lifeline | None = None

    def open(
        self,
        command: list[str],
        *,
        env: dict[str, str] | None = None,
        cwd: str | Path | None = None,
        fds: tuple[int, ...] = (),
        programs: Iterable[Path] = (),
        apart: Elsewhere | None = None,
        starts: Starts = as_a_script,
        enters: bool = False,
    ) -> None:
        """Make the folder, and be ready to start `command` in it; nothing runs yet.

        fds        are passed down
        programs   where a store's program is, for its sandbox
        apart      the command is as if on another machine: see `Elsewhere`
        starts     starts the process that looks after the command
        enters     the command will enter its sandbox by itself: `entrance`
        """
        log = self.folder / "log"
        options = [f"folder={self.folder}", f"log={log}", f"patience={self.patience}"]
        options += [f"stop={int(self.stop_signal)}"]
        options += [f"user={self.user}"] if self.user is not None else []
        options += ["wrapped=1"] if self.wrapped and not enters else []
        command = self._confined(list(map(str, command)), programs, apart)
        if self.sandbox:
            options += [f"caller={os.getpid()}", *self.sandbox.tree_limits(store=self.store)]
        self._process = starts([*options, "--", *map(str, command)], env, cwd, fds)
        os.set_blocking(self._process.stdout.fileno(), False)
        self._await("ready", SHELL_PATIENCE)
        self._log = os.open(log, os.O_RDONLY)
        if self.sandbox and self.store:
            self.sandbox.make_ready(self.folder)
        elif self.sandbox:
            give(self.folder)

    def _confined(
        self, command: list[str], programs: Iterable[Path], apart: Elsewhere | None
    ) -> list[str]:
        """The command, in its sandbox if it has one, and apart if it is to be."""
        if apart and self.sandbox and self.by_bubblewrap:
            return self.sandbox.command(apart.command(command, leave=False), apart.folders)
        if self.sandbox and self.store:
            command = self.sandbox.store_command(command, self.folder, programs)
        elif self.sandbox:
            command = self.sandbox.command(command)
        return apart.command(command, leave=True) if apart else command

    def start(self) -> None:
        """Start the command; returns once it has a pid."""
        self.status = None
        self._order(b"+")
        self._await("started", SHELL_PATIENCE)

    def stop(self, *, kill: bool = False) -> None:
        """End the command and all that descends from it; folder and log stay for `start()`."""
        if self.pid is not None:
            self._order(b"!" if kill else b"-")
            self._await("ended", self.patience + SHELL_PATIENCE)

    def pause(self) -> None:
        """Hold every process of the command (SIGSTOP) until `resume()`."""
        self._order(b"p")
        self._await("paused", SHELL_PATIENCE)

    def resume(self) -> None:
        """Let a paused command go on (SIGCONT)."""
        self._order(b"r")
        self._await("resumed", SHELL_PATIENCE)

    def let_go(self, *, kill: bool = False) -> None:
        """Tell the lifeline to end everything, without waiting for it: `close()` waits."""
        if self._process is not None:
            self._write(self._process, b"!q" if kill else b"q")

    def close(self, *, kill: bool = False) -> None:
        """End everything, remove the folder; what was logged can still be read. Never fails."""
        self.let_go(kill=kill)
        process, self._process = self._process, None
        if process is None:
            return
        group = self.pid
        process.stdin.close()
        if self._has_ended(process, self.patience + SHELL_PATIENCE):
            self._read(process)
        else:
            process.kill()
            process.wait()
        process.stdout.close()
        if self.folder.exists():  # the lifeline itself was killed: do its work
            if group is not None:
                _kill_group(group)
            shutil.rmtree(self.folder, ignore_errors=True)
        self.pid = None

    def poll(self) -> int | None:
        """The exit status if the command has ended by itself, else None."""
        if self._process is not None:
            self._read(self._process)
        return self.status

    @property
    def confined(self) -> bool:
        """Whether the command has a sandbox, or a user of its own."""
        return self.sandbox is not None or self.user is not None

    @property
    def by_bubblewrap(self) -> bool:
        """Whether the command has a view of the machine, and a network if need be, of its own."""
        return self.sandbox is not None and self.sandbox.bubblewrap

    @property
    def foreign(self) -> bool:
        """Whether the command runs as another user than we, and sees what that user sees."""
        if self.sandbox and self.store:
            return self.sandbox.store_user is not None and not self.sandbox.bubblewrap
        return self.user is not None

    @property
    def inner_pid(self) -> int | None:
        """The command's pid, also where it runs inside of bubblewrap, whose pid `pid` is then."""
        if self.pid is None or not self.wrapped:
            return self.pid
        inside = descendants(self.pid)
        return next((pid for pid in inside if name_of(pid) != "bwrap"), self.pid)

    @property
    def lifeline_pid(self) -> int | None:
        """The pid that everything this child starts descends from."""
        return self._process.pid if self._process else None

    @property
    def log(self) -> str:
        """What the command has printed: the last megabyte of it."""
        if self._log is None:
            return ""
        size = os.fstat(self._log).st_size
        text = os.pread(self._log, LOG_TAIL, max(0, size - LOG_TAIL))
        return text.decode(errors="replace")

    def __del__(self) -> None:
        if self._log is not None:
            os.close(self._log)

    def _order(self, order: bytes) -> None:
        if self._process is None or not self._write(self._process, order):
            raise self._gone()

    def _gone(self) -> NotReady:
        return NotReady(
            "the process that looks after this command is gone",
            f"start again; is the machine out of memory, and may {tempfile.gettempdir()} be "
            "written to?",
            self.log,
        )

    @staticmethod
    def _write(process: Lifeline, order: bytes) -> bool:
        try:
            process.stdin.write(order)
        except OSError:
            return False
        return True

    def _await(self, report: str, seconds: float) -> None:
        """Read the lifeline's reports until one begins with `report`."""
        process, gone = self._process, False
        assert process is not None  # it has been given an order, or is being opened
        until, waiting = time.monotonic() + seconds, self._waiting(process)
        while report not in self._read(process):
            if gone:
                self.close()
                raise self._gone()
            if time.monotonic() > until and time.monotonic() > until + waiting.seconds():
                self.close(kill=True)
                raise NotReady(f"a process did not come to '{report}' within {seconds:.0f} s")
            select.select([process.stdout], [], [], max(LOOK_S, until - time.monotonic()))
            gone = process.poll() is not None  # its last reports are read once more

    def _has_ended(self, process: Lifeline, seconds: float) -> bool:
        """Whether the lifeline ends within these seconds."""
        until, waiting = time.monotonic() + seconds, self._waiting(process)
        while time.monotonic() < until + waiting.seconds():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(LOOK_S, until - time.monotonic()))
                return True
        return False

    @staticmethod
    def _waiting(process: Lifeline) -> Waiting:
        """For how long the lifeline and all that it looks after get no processor from now on."""
        return Waiting(lambda: with_descendants([process.pid]))

    def _read(self, process: Lifeline) -> set[str]:
        """Take in the reports that have arrived; return the first word of each."""
        try:
            while chunk := os.read(process.stdout.fileno(), 4096):
                self._unread += chunk
        except BlockingIOError:
            pass
        *lines, self._unread = self._unread.split(b"\n")
        words = [line.decode().split() for line in lines]
        for word, *rest in words:
            if word == "started":
                self.pid, self.status = int(rest[0]), None  # an "ended" before it was another run's
            elif word == "ended":
                self.pid, self.status, self.left_behind = None, int(rest[0]), rest[1:]
        return {word for word, *_ in words}


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
