"""A class full of hostile submissions, and honest ones among them: `make hostile`.

Each hostile one gets its row in time, no point that it does not deserve, leaves nothing behind one
second later, and changes nobody else's row.
"""

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

import pytest
from corpus import LAB, NEIGHBOURS, Hostile, corpus, write_neighbour
from leavings import MARK, SAMPLE_S, Trace, Watch

from workerlab.grading.batch.isolation import why_not
from workerlab.grading.batch.journal import Book, Row, read

HERE = Path(__file__).parent
BUDGET_S = 20.0
LATE_S = 2.0  # how much later than its budget a row may come
LINGER_S = 1.0  # after which nothing may be left
JOBS = 2
EVERY = 5  # after so many hostile ones comes an honest one
ALL_S = 1800  # for a whole class
SECRET = "eyes only"  # stands in every line of home/solutions/*/app.py
DEATHS = 5  # of the grader, after which we give up
CORPUS = {one.name: one for one in corpus()}

pytestmark = [
    pytest.mark.timeout(ALL_S + 300),
    pytest.mark.skipif(bool(why_not()), reason=f"only an isolated class is attacked: {why_not()}"),
]


@dataclass
class Graded:
    """A class that was graded.

    out        the folder with the pages
    students   the student that each submission was handed in as
    times      when each student's grading began and ended (seconds, epoch)
    traces     what was seen to be left
    deaths     how often the grader itself died, and who was being graded then
    """

    out: Path
    book: Book
    students: dict[str, str]
    times: dict[str, tuple[float, float]]
    traces: list[Trace] = field(default_factory=list)
    deaths: list[str] = field(default_factory=list)
    log: str = ""

    def row(self, name: str) -> Row:
        assert self.students[name] in self.book.rows, f"no row; the grader said: {self.log}"
        return self.book.rows[self.students[name]]

    def outcomes(self, name: str) -> dict[str, tuple[str, float]]:
        checks = self.book.lab_of(self.row(name), LAB).checks
        return {check.id: (check.status, check.points) for check in checks}

    def passed(self, name: str) -> set[str]:
        return {check for check, (_, points) in self.outcomes(name).items() if points}

    def beside(self, name: str) -> list[str]:
        """The honest submissions that were graded at the same time."""
        began, ended = self.times[self.students[name]]
        honest = [one for one in self.students if one.partition("-")[0] in NEIGHBOURS]
        spans = {one: self.times.get(self.students[one], (0, 0)) for one in honest}
        return [one for one in honest if spans[one][0] < ended and spans[one][1] > began]


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """The honest ones in a class without hostile ones."""
    return grade(tmp_path_factory.mktemp("alone"), [])


@pytest.fixture(scope="session")
def graded(request: pytest.FixtureRequest, tmp_path_factory, alone: Graded) -> Graded:
    """A class of all the hostile submissions that are asked for in this run."""
    asked = [getattr(item, "callspec", None) for item in request.session.items]
    names = {spec.params["name"] for spec in asked if spec and "name" in spec.params}
    return grade(tmp_path_factory.mktemp("class"), [CORPUS[name] for name in sorted(names)])


def grade(place: Path, hostile: list[Hostile]) -> Graded:
    students = hand_in(place / "handed-in", hostile)
    shutil.copytree(HERE / "home", place / "home")  # some would like to edit its tests
    out, times, mark = place / "out", place / "times", secrets.token_hex(8)
    died, log = [], place / "log"
    with short_folder() as temporary:
        environment = {**os.environ, MARK: mark, "TMPDIR": str(temporary)}
        environment["WORKERLAB_HOME"] = str(place / "home")
        supervisor: list[int] = [0]
        with Watch(mark, lambda: supervisor[-1], [temporary, place]) as watch:
            until = time.monotonic() + ALL_S
            while len(died) < DEATHS:
                command = [sys.executable, "supervisor.py", str(place / "handed-in"), str(out)]
                command += [str(BUDGET_S), str(JOBS), str(times)]
                with open(log, "a") as file:
                    process = subprocess.Popen(
                        command,
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
    seen = [json.loads(line) for line in times.read_text().splitlines()] if times.exists() else []
    spans = {one["student"]: (one["began"], one["ended"]) for one in seen}
    return Graded(out, read(out), students, spans, left, died, log.read_text()[-2000:])


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


def hand_in(folder: Path, hostile: list[Hostile]) -> dict[str, str]:
    """Write the submissions, an honest one after every few; who hands in which."""
    order: list[str | Hostile] = [*NEIGHBOURS]
    for number, one in enumerate(hostile):
        order.append(one)
        if number % EVERY == EVERY - 1:
            order.append(NEIGHBOURS[number // EVERY % len(NEIGHBOURS)])
    students = {}
    folder.mkdir()
    for number, one in enumerate(order):
        before = {*os.listdir(folder)}
        name = one if isinstance(one, str) else one.name
        target = folder / f"{number:03}-{name}"
        if isinstance(one, str):
            write_neighbour(one, target)
            name = name if name not in students else f"{name}-{number}"
        else:
            one.write(target)
        (made,) = {*os.listdir(folder)} - before
        students[name] = made.removesuffix(".zip")
    return students


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_submission(graded: Graded, alone: Graded, name: str) -> None:
    assert came_in_time(graded, name)
    assert undeserved(graded, alone, CORPUS[name]) == set()
    assert left(graded, name) == []
    for honest in graded.beside(name) if graded.row(name).done else []:
        assert graded.outcomes(honest) == alone.outcomes(honest.partition("-")[0]), honest


def test_every_honest_row_is_as_without_them(graded: Graded, alone: Graded) -> None:
    for name in graded.students:
        if name not in CORPUS:
            assert graded.outcomes(name) == alone.outcomes(name.partition("-")[0]), name
    assert {*alone.passed("right")} == {*alone.outcomes("right")}
    assert alone.passed("wrong") < alone.passed("racy") < alone.passed("right")


def test_the_grader_itself_lives(graded: Graded) -> None:
    assert graded.deaths == [] and graded.book.complete


def test_nothing_is_left_of_the_whole_class(graded: Graded) -> None:
    ends = max(ended for _, ended in graded.times.values())
    assert [trace.what for trace in graded.traces if trace.last > ends + LINGER_S] == []


def test_pages_tell_no_secret_and_run_no_script_of_theirs(graded: Graded) -> None:
    pages = [*(graded.out / "students").glob("*.html")]
    assert len(pages) == len(graded.students)
    for page in pages:
        text = page.read_text()
        for never in (
            SECRET,
            str(graded.book.seed),
            "<script>alert",
            "<img src=x",
            "\x1b",
            "\u202e",
        ):
            assert never not in text, page.name


def came_in_time(graded: Graded, name: str) -> bool:
    row = graded.row(name)
    if row.refused:
        return True  # all of these were there before the first grading began
    began, ended = graded.times[row.student]
    assert row.done == {LAB}
    assert ended - began <= BUDGET_S + LATE_S, f"its row took {ended - began:.1f} s"
    return True


def undeserved(graded: Graded, alone: Graded, hostile: Hostile) -> set[str]:
    """The checks that it passed and should not have passed."""
    match hostile.deserves.split():
        case ["anything"]:
            return set()
        case ["as", honest]:
            return graded.passed(hostile.name) - alone.passed(honest)
        case ["as", honest, "without", check]:
            return graded.passed(hostile.name) - (alone.passed(honest) - {check})
    return graded.passed(hostile.name)


def left(graded: Graded, name: str) -> list[str]:
    """What was still there a second after its end: by name, or because it appeared with the end."""
    row = graded.row(name)
    if row.refused:
        return [trace.what for trace in graded.traces if name in trace.what]
    _, ended = graded.times[row.student]
    late = [trace for trace in graded.traces if trace.last > ended + LINGER_S]
    return [
        trace.what
        for trace in late
        if f"hostile-{name}" in trace.what or ended - 0.5 <= trace.first <= ended + LINGER_S
        if trace.last - trace.first > LINGER_S / 2
    ]
