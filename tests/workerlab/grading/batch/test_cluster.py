"""A class on a Dask cluster: one scheduler and two workers, each a process; one of them is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.grading.batch.book import Book
from workerlab.grading.batch.cluster import Cluster, grade_there, state_of
from workerlab.grading.batch.isolation import ISOLATED, ON_A_CLUSTER, label
from workerlab.grading.batch.runner import grade_class
from workerlab.processes.tree import descendants

LAB = "lab50_small"
PATIENCE_S = 60.0
CHECKS = """
import os
import time

from workerlab.grading import check

THREE = ("one?", "two", "three")


@check("starts", title="It starts", points=1, quick=True, hints=THREE)
def test_starts(submission):
    word = (submission / "app.py").read_text()
    if word == "slow":
        begun = os.open({begun!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(begun, b"ada\\n")
        until = time.monotonic() + 60
        while not os.path.exists({go!r}):
            assert time.monotonic() < until, "the order to go on did not come"
            time.sleep(0.01)
    assert word != "wrong", "it is wrong"


@check("last", title="The last", points=2, hints=THREE)
def test_last(submission):
    assert (submission / "app.py").read_text() != "almost", "almost"
"""


@pytest.fixture
def group(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tests = repository / "tests" / "labs" / f"test_{LAB}.py"
    seen = tmp_path / "seen"
    seen.mkdir()
    monkeypatch.setenv("WORKERLAB_CELL_FOLDER", str(seen))
    tests.write_text(CHECKS.format(begun=str(seen / "begun"), go=str(seen / "go")))
    for student, word in {"ada": "slow", "bo": "wrong", "cy": "almost", "di": "right"}.items():
        place = tmp_path / "handed-in" / student / LAB
        place.mkdir(parents=True)
        (place / "app.py").write_text(word)
    return tmp_path / "handed-in"


class Processes:
    """A scheduler and its workers: `address`, and the workers' `Popen`s."""

    def __init__(self, folder: Path, stack: ExitStack, workers: int = 2) -> None:
        self.folder, self._stack = folder, stack
        folder.mkdir()
        self._start("scheduler", "--port", "0")
        self.address = self._logged("scheduler", "Scheduler at: ").split()[-1]
        self.workers = [
            self._start(f"worker{n}", self.address, "--nthreads", "1", "--no-nanny")
            for n in range(workers)
        ]
        for n in range(workers):
            self._logged(f"worker{n}", "Registered to: ")

    def _start(self, name: str, *arguments: str) -> subprocess.Popen:
        kind = name.rstrip("0123456789")
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments]
        options = ["--host", "127.0.0.1", "--no-dashboard"]
        with open(self.folder / f"{name}.log", "wb") as log:
            process = subprocess.Popen(
                [*command, *options], cwd=self.folder, stdout=log, stderr=subprocess.STDOUT
            )
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process

    def _logged(self, name: str, words: str) -> str:
        """The line of its log with these words, as soon as it is there."""
        log = self.folder / f"{name}.log"

        def line() -> str:
            return next((one for one in log.read_text().splitlines() if words in one), "")

        return waited_for(line, f"{name} to say {words!r}")


def waited_for(found, what: str):
    until = time.monotonic() + PATIENCE_S
    while not (answer := found()):
        assert time.monotonic() < until, f"waited {PATIENCE_S:g} s for {what}"
        time.sleep(0.02)
    return answer


@pytest.fixture
def processes(group: Path, tmp_path: Path) -> Iterator[Processes]:
    with ExitStack() as stack:
        yield Processes(tmp_path / "dask", stack)


def outcome(book: Book) -> dict:
    """All marks, without times and machines."""
    return {
        student: {
            check.id: (check.status, check.points, check.message)
            for check in book.lab_of(row, LAB).checks
        }
        for student, row in book.rows.items()
    }


@pytest.mark.nightly
def test_a_worker_that_is_killed_loses_no_row(
    group: Path, tmp_path: Path, processes: Processes
) -> None:
    books: list[Book] = []
    with Cluster(processes.address) as cluster:
        assert cluster.threads == 2
        options = {
            "jobs": cluster.threads,
            "grading_process": cluster.grading_process,
            "isolation": ON_A_CLUSTER,
        }
        grading = threading.Thread(
            target=lambda: books.append(grade_class(group, tmp_path / "out", **options))
        )
        grading.start()
        begun = tmp_path / "seen" / "begun"
        waited_for(lambda: begun.exists() and begun.read_text().endswith("\n"), "ada to begin")
        waited_for(
            lambda: sum('"kind": "done"' in line for line in journal(tmp_path)) == 3, "the rest"
        )
        [victim] = [worker for worker in processes.workers if grades(worker)]
        os.kill(victim.pid, signal.SIGKILL)
        waited_for(lambda: begun.read_text().count("\n") == 2, "ada to begin on the other worker")
        (tmp_path / "seen" / "go").touch()
        grading.join(PATIENCE_S)
    assert books and books[0].complete
    alone = grade_class(group, tmp_path / "alone", seed=books[0].seed)
    assert outcome(books[0]) == outcome(alone)
    assert {student: row.score for student, row in books[0].rows.items()} == {
        "ada": 3.0, "bo": 2.0, "cy": 1.0, "di": 3.0,
    }  # fmt: skip
    assert sum(line.startswith('{"kind": "check"') for line in journal(tmp_path)) == 8


def grades(worker: subprocess.Popen) -> bool:
    """Whether a Dask worker has started a grading process."""
    commands = (Path(f"/proc/{pid}/cmdline") for pid in descendants(worker.pid))
    return any(b"grading.batch.grading_process" in command.read_bytes() for command in commands)


def journal(tmp_path: Path) -> list[str]:
    return (tmp_path / "out" / "journal.jsonl").read_text().splitlines()


@pytest.mark.nightly
def test_a_page_says_how_it_was_on_the_machine_that_graded(
    group: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor's machine may have a bubblewrap; the worker's here has none on its PATH."""
    (group / "ada" / LAB / "app.py").write_text("right")
    bare = tmp_path / "bare"
    bare.mkdir()
    (group / "eve.zip").write_bytes(b"no zip")
    with ExitStack() as stack:
        with monkeypatch.context() as patch:
            patch.setenv("PATH", str(bare))
            there, told = Processes(tmp_path / "dask", stack, workers=1), label()
        cluster = stack.enter_context(Cluster(there.address))
        options = {"grading_process": cluster.grading_process, "isolation": ON_A_CLUSTER}
        book = grade_class(group, tmp_path / "out", **options)
    assert "not isolated: bubblewrap is not installed" in told
    results = [check for row in book.rows.values() for check in book.lab_of(row, LAB).checks]
    assert {check.isolation for check in results} == {told, ""}
    pages = {path.stem: path.read_text() for path in (tmp_path / "out" / "students").iterdir()}
    assert sorted(name for name, page in pages.items() if f"graded {told}" in page) == [
        "ada",
        "bo",
        "cy",
        "di",
    ]
    assert "graded on a cluster" in pages["eve"] and ISOLATED not in "".join(pages.values())
    assert f"5 of 5 submissions graded, {told}" in (tmp_path / "out" / "index.html").read_text()


def test_no_server_at_that_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workerlab.grading.batch.cluster.CONNECT_S", 0.5)
    with pytest.raises(BadUsage, match="no Dask scheduler answers at tcp://127.0.0.1:1"):
        Cluster("tcp://127.0.0.1:1")


def test_a_machine_with_other_checks_refuses(group: Path, repository: Path) -> None:
    order = {"lab": LAB, "state": state_of(LAB)}
    checks = repository / "tests" / "labs" / f"test_{LAB}.py"
    checks.write_text(checks.read_text() + "# another commit\n")
    with pytest.raises(BadUsage, match="is not the same on a machine"):
        grade_there(order, {})
