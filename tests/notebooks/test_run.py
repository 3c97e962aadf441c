"""Each chapter runs from top to bottom on a real kernel, fast, small, and leaves nothing.

Each has one core to itself, as on Binder: as many run side by side as there are cores, two at most.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

import pytest
from chapters import CHAPTERS, NOTEBOOKS, code, read, tags
from nbclient import NotebookClient
from nbformat import NotebookNode
from watching import MARK, Watch, left_running

# Processor time: a crowded machine stretches the clock tenfold, and this hardly twofold.
WORKED = 75  # seconds, for one chapter; the longest had 41 at a load of twelve on two cores
CELL = 120  # seconds by the clock until a cell counts as hanging
BYTES = 2**30  # a Binder machine has 2 GiB, and JupyterLab wants its share
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
    cores: Queue[int] = Queue()
    for core in sorted(os.sched_getaffinity(0))[:2]:
        cores.put(core)
    pool = ThreadPoolExecutor(cores.qsize())
    yield {path: pool.submit(on_one_core, path, cores) for path in asked}
    pool.shutdown(cancel_futures=True)


@pytest.mark.timeout(1200)  # the first ones wait for nobody, the last ones are ready
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
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


def on_one_core(path: Path, cores: Queue[int]) -> Outcome:
    """Execute a chapter on a core that nobody else of these uses."""
    core = cores.get()
    os.sched_setaffinity(0, {core})  # this thread's, and so that of the kernel which it starts
    mark = uuid.uuid4().hex
    try:
        # A short name, because Unix sockets live in there and their paths may have 100 characters.
        with tempfile.TemporaryDirectory(prefix="nb-") as folder, Watch(mark) as watch:
            start = time.monotonic()
            executed = run(path, {"TMPDIR": folder, MARK: mark})
            seconds = time.monotonic() - start
            left = left_running(mark, deadline=10)
            files = [str(file) for file in Path(folder).iterdir()]
    finally:
        cores.put(core)
    return Outcome(executed, watch, seconds, left, files)


def run(path: Path, settings: dict[str, str]) -> NotebookNode:
    """Execute all cells in a new kernel; a cell that fails, unless it is meant to, ends it."""
    client = NotebookClient(
        read(path),
        timeout=CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )
    stores = ("REDIS_URL", "DATABASE_URL", "CACHE_URL", "MARIADB_URL")
    inherited = {name: value for name, value in os.environ.items() if name not in stores}
    return asyncio.run(client.async_execute(env=inherited | settings))


def failed(notebook) -> list[str]:
    return [
        cell.id
        for cell in code(notebook)
        if any(output.output_type == "error" for output in cell.outputs)
    ]


def meant_to_fail(notebook) -> list[str]:
    return [cell.id for cell in code(notebook) if "raises-exception" in tags(cell)]
