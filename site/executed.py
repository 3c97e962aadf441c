"""Execute chapters, two side by side, and keep what came out for as long as it is true.

What is executed lies in `build/notebooks`, under a digest of everything that it was made of: the
notebook, its apps and data, the labs that it grades, and src/workerlab. Whoever executes a
chapter to its end, `make site` or a test, keeps it there, and nobody has to do so twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from queue import Queue
from typing import TypeVar

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
CHAPTERS = sorted(NOTEBOOKS.glob("[0-9][0-9]-*.ipynb"))
KEPT = ROOT / "build" / "notebooks"

CELL = 120  # seconds by the clock until a cell counts as hanging
SIDE_BY_SIDE = 2
MADE_OF = ("notebooks/apps", "notebooks/data", "labs", "tests/labs", "src/workerlab")
T = TypeVar("T")


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def run(path: Path, settings: dict[str, str]) -> NotebookNode:
    """Execute all cells in a new kernel; a cell that fails, unless it is meant to, ends it.

    `settings` are added to the environment. Raises nbclient's errors.
    """
    client = NotebookClient(
        read(path),
        timeout=CELL,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],  # it warns of TCP, which stays on this machine
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )
    stores = ("REDIS_URL", "DATABASE_URL", "CACHE_URL", "MARIADB_URL")
    # Name by name, since pytest takes one of its own away meanwhile, in another thread.
    known = {name: os.environ.get(name) for name in [*os.environ] if name not in stores}
    inherited = {name: value for name, value in known.items() if value is not None}
    return asyncio.run(client.async_execute(env=inherited | settings))


@contextmanager
def side_by_side(
    paths: Iterable[Path], work: Callable[[Path], T]
) -> Iterator[dict[Path, Future[T]]]:
    """Do the work for each chapter, each on a core that nobody else of these uses, as on Binder.

    Yields what will come of each. As many are under way as there are cores, two at most; those
    that have not begun when the block is left never do.
    """
    cores: Queue[int | None] = Queue()
    for core in _cores():
        cores.put(core)

    def on_one_core(path: Path) -> T:
        core = cores.get()
        try:
            if core is not None:
                # This thread's, and so that of the kernel which it starts.
                os.sched_setaffinity(0, {core})
            return work(path)
        finally:
            cores.put(core)

    with ThreadPoolExecutor(cores.qsize()) as pool:
        try:
            yield {path: pool.submit(on_one_core, path) for path in paths}
        finally:
            pool.shutdown(cancel_futures=True)


def _cores() -> list[int | None]:
    if not hasattr(os, "sched_getaffinity"):  # macOS leaves it to the system
        return [None] * SIDE_BY_SIDE
    return sorted(os.sched_getaffinity(0))[:SIDE_BY_SIDE]


def keep(path: Path, executed: NotebookNode) -> None:
    """Keep a chapter that was executed, whole at every instant, in place of older ones of it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    target = _place(path)
    unfinished = target.with_suffix(f".{os.getpid()}")
    nbformat.write(executed, unfinished)
    unfinished.replace(target)
    for older in KEPT.glob(f"{path.stem}.*.ipynb"):
        if older != target:
            older.unlink(missing_ok=True)


def kept(path: Path) -> NotebookNode | None:
    """The chapter with its outputs, or None if it was not executed since something changed."""
    target = _place(path)
    return read(target) if target.exists() else None


def _place(path: Path) -> Path:
    whole = hashlib.sha256(path.read_bytes() + _surroundings())
    return KEPT / f"{path.stem}.{whole.hexdigest()[:16]}.ipynb"


@cache
def _surroundings() -> bytes:
    """What all chapters are made of, in one digest; read once in a run, as what is imported is."""
    files = [ROOT / "requirements.lock"]
    for folder in MADE_OF:
        files += sorted(
            file
            for file in (ROOT / folder).rglob("*")
            if file.is_file() and "__pycache__" not in file.parts
        )
    whole = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        whole.update(f"{file.relative_to(ROOT)}\0{len(content)}\0".encode() + content)
    return whole.digest()
