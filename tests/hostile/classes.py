"""Classes of hostile and honest submissions: handed in, graded, and watched from outside."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from corpus import LAB, NEIGHBOURS, STORES, Hostile, home_of, neighbours, write_neighbour
from leavings import MARK, SAMPLE_S, Trace, Watch
from outside import fingerprint, make_decoys

from workerlab.grading.batch.book import Book, Row
from workerlab.grading.batch.journal import read

HERE = Path(__file__).parent
BUDGETS = {LAB: 20.0, STORES: 40.0}
BUDGET_S = 120.0  # for a real lab
LINGER_S = 1.0  # after which nothing may be left
JOBS = 2
EVERY = 5  # after so many hostile ones comes an honest one
ALL_S = 2400  # for a whole class
DEATHS = 5  # of the grader, after which we give up
SEED = 10**11 + secrets.randbelow(10**11)  # of every class here; no page may tell it


@dataclass
class Graded:
    """A class that was graded.

    out        the folder with the pages
    students   the student that each submission was handed in as
    times      when each student's grading began and ended (seconds, epoch)
    traces     what was seen to be left
    deaths     how often the grader itself died, and who was being graded then
    changed    what has changed outside of the sandboxes: files of the grader's and of others
    """

    out: Path
    book: Book
    lab: str
    students: dict[str, str]
    times: dict[str, tuple[float, float]]
    traces: list[Trace] = field(default_factory=list)
    deaths: list[str] = field(default_factory=list)
    log: str = ""
    changed: list[str] = field(default_factory=list)

    @property
    def budget(self) -> float:
        return budget_of(self.lab)

    def row(self, name: str) -> Row:
        assert self.students[name] in self.book.rows, f"no row; the grader said: {self.log}"
        return self.book.rows[self.students[name]]

    def outcomes(self, name: str) -> dict[str, tuple[str, float]]:
        checks = self.book.lab_of(self.row(name), self.lab).checks
        return {check.id: (check.status, check.points) for check in checks}

    def passed(self, name: str) -> set[str]:
        return {check for check, (_, points) in self.outcomes(name).items() if points}

    def points(self, name: str) -> float:
        return round(sum(points for _, points in self.outcomes(name).values()), 2)

    def honest(self) -> list[str]:
        return [name for name in self.students if name.partition("-")[0] in NEIGHBOURS]

    def beside(self, name: str) -> list[str]:
        """The honest submissions that were graded at the same time."""
        began, ended = self.times[self.students[name]]
        spans = {one: self.times.get(self.students[one], (0, 0)) for one in self.honest()}
        return [one for one, span in spans.items() if span[0] < ended and span[1] > began]


def budget_of(lab: str) -> float:
    return BUDGETS.get(lab, BUDGET_S)


def grade(place: Path, lab: str, order: list[str | Hostile]) -> Graded:
    """Grade a class for one lab; who is a string in the order is an honest neighbour."""
    students = hand_in(place / "handed-in", lab, order)
    outside = [place / "handed-in", copy_of_home(lab, place / "home"), make_decoys(place / "user")]
    out, times, mark = place / "out", place / "times", secrets.token_hex(8)
    before = fingerprint(*outside)
    died, log = [], place / "log"
    with short_folder() as temporary:
        environment = {**os.environ, MARK: mark, "TMPDIR": str(temporary)}
        environment |= {"WORKERLAB_HOME": str(place / "home"), "HOME": str(place / "user")}
        supervisor: list[int] = [0]
        with Watch(mark, lambda: supervisor[-1], [temporary, place]) as watch:
            until = time.monotonic() + ALL_S
            while len(died) < DEATHS:
                command = [sys.executable, "supervisor.py", place / "handed-in", out]
                command += [lab, SEED, budget_of(lab), JOBS, times]
                with open(log, "a") as file:
                    process = subprocess.Popen(
                        [*map(str, command)],
                        cwd=HERE,
                        env=environment,
                        stdin=subprocess.DEVNULL,
                        stdout=file,
                        stderr=file,
                        start_new_session=True,
                    )
                supervisor.append(process.pid)
                try:
                    status = process.wait(max(1, until - time.monotonic()))
                except subprocess.TimeoutExpired:
                    process.kill()
                    status = process.wait()
                    died.append(f"it had not ended after {ALL_S} s")
                    break
                if status == 0:
                    break
                died.append(f"ended with {status}, with {when(times)} done before")
            time.sleep(LINGER_S + 2 * SAMPLE_S)  # what is still there then, is left
            watch.look()
        left = [*watch.traces.values()]
        now = time.time()
        left += [Trace(str(path), now, now) for path in temporary.glob("workerlab-*")]
        clean(left)
    after = fingerprint(*outside)
    changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    seen = [json.loads(line) for line in times.read_text().splitlines()] if times.exists() else []
    spans = {one["student"]: (one["began"], one["ended"]) for one in seen}
    said = log.read_text()[-2000:]
    return Graded(out, read(out), lab, students, spans, left, died, said, changed)


def mixed(lab: str, hostile: list[Hostile]) -> list[str | Hostile]:
    """The hostile ones with an honest one after every few, and each kind of these at the front."""
    kinds = neighbours(lab)
    order: list[str | Hostile] = [*kinds]
    for number, one in enumerate(hostile):
        order.append(one)
        if number % EVERY == EVERY - 1:
            order.append(kinds[number // EVERY % len(kinds)])
    return order


def copy_of_home(lab: str, target: Path) -> Path:
    """The labs' repository, as the grader has it: some would like to edit its tests."""
    for part in ("labs", "solutions", "tests/labs"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(home_of(lab) / part, target / part, ignore=ignored)
    return target


def when(times: Path) -> str:
    lines = times.read_text().splitlines() if times.exists() else []
    return ", ".join(json.loads(line)["student"] for line in lines[-2:]) or "nobody"


class short_folder:
    """A new folder for temporary files, with a path that is short enough for Unix sockets."""

    def __enter__(self) -> Path:
        self.path = Path(tempfile.mkdtemp(prefix="hv-", dir="/tmp"))
        self.path.chmod(0o711)
        return self.path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def clean(traces: list[Trace]) -> None:
    """A defence that failed must not spoil this machine: end and remove what was left."""
    for trace in traces:
        if trace.what.startswith("process "):
            pid = int(trace.what.split()[1].rstrip(":"))
            try:
                os.kill(pid, 9)
            except OSError:
                pass
        elif "hostile-" in trace.what:
            try:
                Path(trace.what).unlink(missing_ok=True)
            except OSError:
                pass


def hand_in(folder: Path, lab: str, order: list[str | Hostile]) -> dict[str, str]:
    """Write the submissions; who hands in which."""
    students = {}
    folder.mkdir()
    for number, one in enumerate(order):
        before = {*os.listdir(folder)}
        name = one if isinstance(one, str) else one.name
        target = folder / f"{number:03}-{name}"
        if isinstance(one, str):
            write_neighbour(one, target, lab)
            name = name if name not in students else f"{name}-{number}"
        else:
            one.write(target)
        (made,) = {*os.listdir(folder)} - before
        students[name] = made.removesuffix(".zip")
    return students
