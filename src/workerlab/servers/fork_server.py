"""`python -m workerlab.servers.fork_server ARGUMENTS`: uvicorn, whose workers start with their libraries.

Most of a worker's start is importing FastAPI and a store's client, the same in each of them. Here
one process imports those once, and uvicorn's workers are forked from it (`forkserver` of
multiprocessing, in place of `spawn`); that process has no thread and runs nothing of the app.
The app, the files beside it, and every other library are imported by each worker itself.
"""

from __future__ import annotations

from multiprocessing import forkserver
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext, ForkServerProcess

from uvicorn.supervisors.multiprocess import Process

PRELOADED = "workerlab.servers.fork_server_preload"


class WarmProcess(ForkServerProcess):
    """A forked process whose own children are made as those of uvicorn's workers always are."""

    _start_method = "spawn"


class WarmContext(ForkServerContext):
    """What uvicorn makes its workers with."""

    Process = WarmProcess


def ping(worker: Process, timeout: float = 5) -> bool:
    """Whether a worker answers uvicorn's health check within `timeout` seconds.

    In place of uvicorn's own, which waits the whole time for a worker that dies meanwhile.
    """
    try:
        worker.parent_conn.send(b"ping")
        wait([worker.parent_conn, worker.process.sentinel], timeout)
        return worker.parent_conn.poll() and worker.parent_conn.recv() is not None
    except (OSError, EOFError):
        return False


def main() -> None:
    """uvicorn's own command line, with another way to make processes."""
    import uvicorn._subprocess
    from uvicorn.main import main as uvicorn_main

    context = WarmContext()
    # All that uvicorn asks of it is its Process.
    uvicorn._subprocess.spawn = context  # type: ignore[assignment]
    Process.ping = ping  # type: ignore[method-assign, assignment]
    context.set_forkserver_preload([PRELOADED])
    try:
        uvicorn_main()
    finally:
        # It would end by itself a moment after us, and be taken for something left behind.
        forkserver._forkserver._stop()  # type: ignore[attr-defined]  # CPython's own, which typeshed lacks


if __name__ == "__main__":
    from workerlab.servers import fork_server  # noqa: PLW0406 (WarmProcess, by name)

    fork_server.main()
