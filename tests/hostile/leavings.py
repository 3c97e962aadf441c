"""What is left of submissions: watched from outside while a class is graded. Linux only.

A process is left when it lives on without a grading process that looks after it. A listening port
lives in a process, so it is found with it. A file or segment of a hostile submission is known
by its name, `hostile-NAME…`; System V segments have no names, and are known by their keys.
"""

from __future__ import annotations

import os
import site
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

MARK = "WORKERLAB_HOSTILE_TEST"
SAMPLE_S = 0.2
KEYS = range(0x48560000, 0x48560100)  # of the corpus's System V segments
SHARED = ("/tmp", "/var/tmp", "/dev/shm")


@dataclass
class Trace:
    """Something that a submission has left: what it is, and when it was seen (seconds, epoch)."""

    what: str
    first: float
    last: float


class Watch(threading.Thread):
    """Looks again and again until it is left; `traces` is everything that was ever seen.

    supervisor   gives the pid of whoever grades at this moment
    places       more folders in which files may be left, with all that is below them
    """

    def __init__(self, mark: str, supervisor, places: list[Path]) -> None:
        super().__init__(daemon=True)
        self.mark, self.supervisor, self.places = mark, supervisor, places
        self.traces: dict[object, Trace] = {}
        self._done = threading.Event()

    def look(self) -> None:
        now = time.time()
        for key, what in [*left_processes(self.supervisor(), self.mark), *files(self.places)]:
            self.traces.setdefault(key, Trace(what, now, now)).last = now

    def run(self) -> None:
        while not self._done.wait(SAMPLE_S):
            self.look()

    def __enter__(self) -> Self:
        self.look()
        self.traces.clear()  # not ours
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join()


@dataclass(frozen=True)
class Process:
    """A line of the process table."""

    pid: int
    parent: int
    state: str
    began: str
    command: str


def table() -> dict[int, Process]:
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            rest = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (
                (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
        except OSError:
            continue
        pid = int(folder.name)
        found[pid] = Process(pid, int(rest[1]), rest[0], rest[19], command.strip())
    return found


def left_processes(supervisor: int, mark: str) -> list[tuple[object, str]]:
    """Processes of ours, by descent or by mark, that no living grading process looks after."""
    known = table()
    ours, living = set(), set()
    for pid in known:
        line = _ancestors(pid, known)
        if supervisor in line:
            ours.add(pid)
            below = [pid, *line][: line.index(supervisor) + 1][-1]  # the supervisor's own child
            if "lifeline.py" in known[below].command:
                living.add(pid)
        elif pid != supervisor and _marked(pid, mark):
            ours.add(pid)
    left = [known[pid] for pid in ours - living if known[pid].state not in "ZX"]
    return [((one.pid, one.began), f"process {one.pid}: {one.command[:100]}") for one in left]


def _ancestors(pid: int, known: dict[int, Process]) -> list[int]:
    line = []
    while (pid := known[pid].parent if pid in known else 0) > 0 and pid not in line:
        line.append(pid)
    return line


def _marked(pid: int, mark: str) -> bool:
    try:
        return f"{MARK}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def files(places: list[Path]) -> list[tuple[object, str]]:
    """Files, segments and folders with a hostile name, and System V segments with such a key."""
    found = []
    usual = [*SHARED, tempfile.gettempdir(), Path.home(), *site.getsitepackages()]
    for place in {Path(place) for place in usual}:
        found += [path for path in _names(place) if "hostile-" in path.name]
    for place in places:
        for folder, _, names in os.walk(place):
            found += [Path(folder, name) for name in names if "hostile-" in name]
    segments = [f"segment of System V, key {key:#x}" for key in _keys() if key in KEYS]
    return [(str(path), str(path)) for path in found] + [(text, text) for text in segments]


def _names(place: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(place)]
    except OSError:
        return []


def _keys() -> list[int]:
    try:
        rows = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    except OSError:
        return []
    return [int(row.split()[0]) & 0xFFFFFFFF for row in rows]
