"""Watch what a chapter's notebook kernel and everything that it starts use, and leave behind.

Every descendant inherits one environment variable, so it is found even when its parents are
dead. Linux only: it reads /proc.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Self

from marks import carriers

MARK = "WORKERLAB_NOTEBOOK_TEST"
SAMPLE_S = 0.25
TICKS = os.sysconf("SC_CLK_TCK")  # in a second
SHARED = "/dev/shm/"


def memory(pid: int) -> int:
    """Bytes that the process holds; what several processes share is divided among them."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(row.split()[1]) * 1024 for row in text.splitlines() if row[:4] == "Pss:"), 0)


def worked(pid: int) -> float:
    """Seconds of processor time that the process has had, however busy the machine was."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def segments(pid: int) -> set[str]:
    """The files in /dev/shm that the process has in its memory."""
    try:
        text = Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return set()
    return {
        row[row.index(SHARED) :].split(" (deleted)")[0]
        for row in text.splitlines()
        if SHARED in row
    }


def held(segment: str) -> int:
    """Bytes that a file in /dev/shm takes up; none when it is gone."""
    try:
        return os.stat(segment).st_blocks * 512
    except OSError:
        return 0


class Watch(threading.Thread):
    """Samples all marked processes until it is left.

    peak       the most memory seen at once, in bytes
    segments   the files in /dev/shm that any of them used
    shared     the most that these held at once, in bytes
    """

    def __init__(self, mark: str) -> None:
        super().__init__(daemon=True)
        self.mark, self._done = mark, threading.Event()
        self.peak = self.shared = 0
        self.segments: set[str] = set()
        self._worked: dict[int, float] = {}

    @property
    def worked(self) -> float:
        """Seconds of processor time of all of them together."""
        return sum(self._worked.values())

    def run(self) -> None:
        while not self._done.wait(SAMPLE_S):
            pids = list(carriers(MARK, self.mark))
            self.peak = max(self.peak, sum(map(memory, pids)))
            mapped = set().union(*map(segments, pids))
            self.segments |= mapped
            self.shared = max(self.shared, sum(map(held, mapped)))
            self._worked |= {pid: max(worked(pid), self._worked.get(pid, 0)) for pid in pids}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join()


def left_running(mark: str, deadline: float) -> list[str]:
    """The marked processes that are still there after `deadline` seconds, by command line."""
    until = time.monotonic() + deadline
    while (pids := list(carriers(MARK, mark))) and time.monotonic() < until:
        time.sleep(0.05)
    return [_command(pid) for pid in pids if os.path.exists(f"/proc/{pid}")]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return f"pid {pid}"
