"""Runs a student's state server: a program of its own beside the app, ended and started at will."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

from workerlab.errors import AppDidNotStart
from workerlab.processes.child import Child
from workerlab.processes.patience import Deadline
from workerlab.processes.sandbox import give

__all__ = ["StateServer", "unused_address"]

PROGRAM = "state_server.py"
START_S = 20.0  # seconds in which it must accept connections
END_S = 5.0  # seconds in which it must end when asked: the contract's 3, and a little more
LOOK_S = 0.02
LAST_LINES = 12
PORT = 21021  # outside of the ports that Linux gives to clients
KILLED = -9


def unused_address() -> str:
    """A host and port on this machine where no process listens: a loopback address of our own.

    All of 127.0.0.0/8 is this machine, on Linux; so no port has to be picked and hoped for.
    """
    own = secrets.randbelow(2**24 - 2**16) + 2**16 if sys.platform == "linux" else 1
    return f"127.{own >> 16}.{own >> 8 & 255}.{own & 255 or 1}:{PORT}"


class StateServer:
    """`python state_server.py` in a submission's folder, with an address and a key in its settings.

    folder   the submission, put together
    address  "host:port"; a Unix socket in a new folder unless given

    A context manager that yields itself, started. Raises AppDidNotStart when it cannot be reached.
    Nothing of it outlives this process.
    """

    def __init__(self, folder: Path, address: str | None = None) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="workerlab-state-")
        give(Path(self._place.name))
        self.address = address or f"{self._place.name}/state.sock"
        self.env = {"STATE_SERVER": self.address, "STATE_KEY": secrets.token_hex(8)}
        self.child = Child(patience=END_S, in_sandbox=True)
        self._command = [sys.executable, "-u", str(folder.resolve() / PROGRAM)]
        self._folder = folder.resolve()

    def __enter__(self) -> Self:
        env = {**os.environ, **self.env, "TMPDIR": str(self.child.folder)}
        self.child.open(self._command, env=env, cwd=self._folder)
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.child.close(kill=True)
        self._place.cleanup()

    @property
    def pid(self) -> int | None:
        return self.child.pid

    @property
    def socket_file(self) -> Path | None:
        """Where its Unix socket is; None when it listens on a port."""
        return Path(self.address) if self.address.startswith("/") else None

    def start(self, *, clean: bool = False) -> None:
        """Start it (again); returns when it accepts connections.

        clean   first remove a Unix socket that it may have left
        """
        if clean and self.socket_file:
            self.socket_file.unlink(missing_ok=True)
        self.child.start()
        deadline = Deadline(START_S)
        while not self._accepts():
            if self.child.poll() is not None:
                raise self._did_not_start(f"it ended with exit status {self.child.status}")
            if deadline.passed:
                raise self._did_not_start(
                    f"no process listens at {self.address} after {START_S:g} s"
                )
            time.sleep(LOOK_S)

    def end(self, *, kill: bool = False) -> None:
        """End it by SIGTERM, or by SIGKILL; returns when it has ended."""
        self.child.stop(kill=kill)

    @property
    def had_to_be_killed(self) -> bool:
        """Whether the last SIGTERM was not enough."""
        return self.child.status == KILLED

    def _accepts(self) -> bool:
        path = self.socket_file
        host, _, port = self.address.rpartition(":")
        family, place = (socket.AF_UNIX, str(path)) if path else (socket.AF_INET, (host, int(port)))
        with socket.socket(family) as caller:
            caller.settimeout(1.0)
            try:
                caller.connect(place)
            except OSError:
                return False
        return True

    def _did_not_start(self, how: str) -> AppDidNotStart:
        lines = "\n".join(self.child.log.splitlines()[-LAST_LINES:])
        advice = f"see the last lines it printed, fix {PROGRAM}, and check again"
        return AppDidNotStart(f"{PROGRAM} does not run: {how}", advice, lines)
