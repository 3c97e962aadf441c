"""How the process starts that looks after a command: as a script of its own, or by a fork.

Both ways end in the same program, `lifeline.py`, whose standard input and output we hold.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

__all__ = ["LIFELINE", "Forked", "Lifeline", "Starts", "as_a_script"]

LIFELINE = Path(__file__).with_name("lifeline.py")


class Lifeline(Protocol):
    """The process, and our ends of its two pipes; the methods are those of `subprocess.Popen`."""

    @property
    def pid(self) -> int: ...
    @property
    def stdin(self) -> IO[bytes]: ...
    @property
    def stdout(self) -> IO[bytes]: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def kill(self) -> None: ...


class Starts(Protocol):
    """Starts a lifeline in a session of its own.

    words   of its command line
    fds     are passed down under the same numbers
    """

    def __call__(
        self,
        words: list[str],
        env: Mapping[str, str] | None,
        cwd: str | Path | None,
        fds: tuple[int, ...],
    ) -> Lifeline: ...


class _Script(subprocess.Popen[bytes]):
    stdin: IO[bytes]
    stdout: IO[bytes]


def as_a_script(
    words: list[str],
    env: Mapping[str, str] | None,
    cwd: str | Path | None,
    fds: tuple[int, ...],
) -> Lifeline:
    """A new Python, with nothing but what the script itself imports."""
    return _Script(
        [sys.executable, "-I", "-S", str(LIFELINE), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        env=env,
        cwd=cwd,
        pass_fds=fds,
        start_new_session=True,  # the caller's Ctrl-C, or Jupyter's Interrupt, stays outside
    )


class Forked:
    """A lifeline that another process has forked: it is not our child, so its end is watched."""

    _watch: int | None = None  # also of one that Ctrl-C cuts short while it is made

    def __init__(self, pid: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.pid, self.stdin, self.stdout = pid, stdin, stdout
        with suppress(ProcessLookupError):  # it has ended already
            self._watch = os.pidfd_open(pid)

    def __del__(self) -> None:
        if self._watch is not None:
            os.close(self._watch)

    def poll(self) -> int | None:
        """0 when it has ended, however that was; else None."""
        return 0 if self._ends_within(0) else None

    def wait(self, timeout: float | None = None) -> int:
        if not self._ends_within(timeout):
            raise subprocess.TimeoutExpired(str(LIFELINE), timeout or 0)
        return 0

    def kill(self) -> None:
        if self._watch is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._watch, signal.SIGKILL)

    def _ends_within(self, seconds: float | None) -> bool:
        return self._watch is None or bool(select.select([self._watch], [], [], seconds)[0])
