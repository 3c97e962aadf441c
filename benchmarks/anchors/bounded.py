"""A command that is given so many seconds, and what it leaves running."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

MARK = "WORKERLAB_ANCHORS"  # in the environment of every process that a command starts
LEFT_AFTER_S = 1.0


@dataclass(frozen=True)
class Ran:
    """How a command went.

    status   its exit status; None when it had not ended within its time, and we ended it
    said     what it printed, both streams
    left     the processes of it that were still there a second after it had ended
    """

    seconds: float
    status: int | None
    said: str
    left: tuple[str, ...]


def run(command: list[str], *, cwd: Path, env: dict[str, str], bound_s: float) -> Ran:
    """Run a command in a session of its own; end what is left of it."""
    mark = secrets.token_hex(8)
    said = cwd / f"said-{mark}"
    with said.open("wb") as file:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**env, MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = process.wait(bound_s)
        except subprocess.TimeoutExpired:
            status = None
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        seconds = time.perf_counter() - began
    left = _left(mark)
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    text = said.read_text(errors="replace")
    said.unlink()
    return Ran(round(seconds, 2), status, text, tuple(left.values()))


def _left(mark: str) -> dict[int, str]:
    """What still runs when it had a second to go: process ids, and their commands."""
    until = time.monotonic() + LEFT_AFTER_S
    while (there := _marked(mark)) and time.monotonic() < until:
        time.sleep(0.05)
    return there


def _marked(mark: str) -> dict[int, str]:
    line, found = f"{MARK}={mark}".encode(), {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if line in (process / "environ").read_bytes().split(b"\0"):
                words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
                found[int(process.name)] = " ".join(words[:4]).strip()
        except OSError:  # it ended, or is not ours
            continue
    return found
