"""Each chapter runs from top to bottom on a real kernel, fast, small, and leaves nothing."""

from __future__ import annotations

import sys
import tempfile
import time
import uuid
from pathlib import Path

import pytest
from chapters import CHAPTERS, NOTEBOOKS, code, read, tags
from nbclient import NotebookClient
from watching import MARK, Watch, left_running

# Processor time: a crowded machine stretches the clock tenfold, and this hardly twofold.
WORKED = 75  # seconds, for one chapter; the longest had 41 at a load of twelve on two cores
CELL = 120  # seconds by the clock until a cell counts as hanging
BYTES = 2**30  # a Binder machine has 2 GiB, and JupyterLab wants its share

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="watches processes in /proc")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_it_runs_fast_in_little_memory_and_leaves_nothing(path, monkeypatch):
    mark = uuid.uuid4().hex
    with tempfile.TemporaryDirectory(prefix="nb-") as folder:
        # Short, because Unix sockets live in there and their paths may have 100 characters.
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setenv(MARK, mark)
        monkeypatch.delenv("REDIS_URL", raising=False)
        with Watch(mark) as watch:
            start = time.monotonic()
            executed = run(path)
            seconds = time.monotonic() - start
        left = left_running(mark, deadline=10)
        files = [str(file) for file in Path(folder).iterdir()]
    print(f"{path.stem}: {seconds:.1f} s, {watch.worked:.1f} s of work, {watch.peak >> 20} MiB")
    assert (left, files) == ([], [])
    assert [name for name in watch.segments if Path(name).exists()] == []
    assert watch.worked < WORKED
    assert watch.peak < BYTES
    assert failed(executed) == meant_to_fail(executed)


def run(path: Path):
    """Execute all cells in a new kernel; a cell that fails, unless it is meant to, ends it."""
    client = NotebookClient(
        read(path),
        timeout=CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )
    return client.execute()


def failed(notebook) -> list[str]:
    return [
        cell.id
        for cell in code(notebook)
        if any(output.output_type == "error" for output in cell.outputs)
    ]


def meant_to_fail(notebook) -> list[str]:
    return [cell.id for cell in code(notebook) if "raises-exception" in tags(cell)]
