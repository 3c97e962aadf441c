"""Each chapter runs from top to bottom on a real notebook kernel, fast, small, and leaves nothing.

Each has one core to itself, as on Binder: as many run side by side as there are cores, two at most.
"""

from __future__ import annotations

import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import pytest
from chapters import CHAPTERS, code, tags
from executed import keep, run, side_by_side
from further import mostly_further
from nbformat import NotebookNode
from watching import MARK, Watch, left_running

# Processor time: a crowded machine stretches the clock tenfold, and this hardly twofold.
# Seconds, for one chapter; the longest had 41 at a load of twelve on two cores. The minutes that a
# chapter says it takes count on it (RUNNING in notebooks/contents.py).
WORKED = 75
BYTES = 2**30  # a Binder machine has 2 GiB, and JupyterLab wants its share
LONG = (
    "00",
    "02",
    "05",
    "06",
    "07",
    "08",
    "10",
    "11",
    "12",
    "15",
    "16",
    "17",
    "18",
)  # chapters that CI runs, and not `make test`
SHARED = 64 * 2**20  # all of Binder's /dev/shm

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="watches processes in /proc")


@dataclass(frozen=True)
class Outcome:
    """What became of one chapter, how long it took, and what it left behind."""

    executed: NotebookNode
    watch: Watch
    seconds: float
    processes: list[str]
    files: list[str]


@pytest.fixture(scope="module")
def outcomes(request) -> Iterator[dict[Path, Future[Outcome]]]:
    """The outcome of every chapter that is asked for; they run while the first are looked at."""
    here = [item for item in request.session.items if item.path == request.path]
    asked = [item.callspec.params["path"] for item in here]
    with side_by_side(asked, watched) as outcomes:
        yield outcomes


@pytest.mark.timeout(1200)  # the first ones wait for no others, the last ones are ready
@pytest.mark.parametrize(
    "path",
    mostly_further(CHAPTERS, lambda path: path.stem[:2] not in LONG),
    ids=lambda path: path.stem,
)
def test_it_runs_fast_in_little_memory_and_leaves_nothing(path, outcomes):
    got = outcomes[path].result()
    watch = got.watch
    print(f"{path.stem}: {got.seconds:.1f} s, {watch.worked:.1f} s of work, ", end="")
    print(f"{watch.peak >> 20} MiB, {watch.shared >> 20} MiB of it in /dev/shm")
    assert (got.processes, got.files) == ([], [])
    assert [name for name in watch.segments if Path(name).exists()] == []
    assert watch.worked < WORKED
    assert watch.peak < BYTES
    assert watch.shared < SHARED
    assert failed(got.executed) == meant_to_fail(got.executed)


def watched(path: Path) -> Outcome:
    """Execute a chapter and look what it uses; what comes out is kept for the site."""
    mark = uuid.uuid4().hex
    # A short name, because Unix sockets live in there and their paths may have 100 characters.
    with tempfile.TemporaryDirectory(prefix="nb-") as folder, Watch(mark) as watch:
        start = time.monotonic()
        executed = run(path, {"TMPDIR": folder, MARK: mark})
        seconds = time.monotonic() - start
        left = left_running(mark, deadline=10)
        files = [str(file) for file in Path(folder).iterdir()]
    keep(path, executed)
    return Outcome(executed, watch, seconds, left, files)


def failed(notebook) -> list[str]:
    return [
        cell.id
        for cell in code(notebook)
        if any(output.output_type == "error" for output in cell.outputs)
    ]


def meant_to_fail(notebook) -> list[str]:
    return [cell.id for cell in code(notebook) if "raises-exception" in tags(cell)]
