"""The command line of each way to run an app: what one would type, plus the passed-down socket."""

from __future__ import annotations

import sys

from workerlab.errors import BadUsage
from workerlab.servers.interpreter import Interpreter

BOOT = "workerlab.servers.boot:app"
WARM = "workerlab.servers.fork_server"  # uvicorn, with workers that have their libraries
RUNNERS = ("uvicorn", "gunicorn", "preload", "instances")
KEEP_ALIVE = "3600"  # seconds; a connection that the stepping engine holds must not be closed
# Seconds for a worker to respond to uvicorn's ping. On a busy machine one that still starts needs
# more than the usual 5, and would be killed and started anew for ever. Not much more either: the
# ping to a worker that dies during it lasts as long, and no worker is replaced meanwhile.
HEALTH_CHECK = "20"
PATIENCE_S = 60.0  # seconds in which a dead worker must have been replaced, three of those pings


def command(
    runner: str,
    fd: int,
    *,
    workers: int,
    loop: str = "auto",
    access_log: bool = False,
    root_path: str = "",
    extra: tuple[str, ...] = (),
    warm: bool = False,
    python: Interpreter | None = None,
) -> list[str]:
    """The command that serves boot's app on the listening socket `fd`.

    `warm` workers start with their libraries imported, but not in another project's `python`.
    `extra` is put at the end, as typed on the runner's own command line. Raises BadUsage for a
    runner or a combination that does not exist.
    """
    if runner not in RUNNERS:
        raise BadUsage(f"no runner is called {runner!r}", f"choose one of {', '.join(RUNNERS)}")
    if runner in ("gunicorn", "preload"):
        if root_path:
            raise BadUsage("gunicorn has no --root-path", "use runner='uvicorn', or no root_path")
        own = _gunicorn(runner == "preload", fd, workers, loop, access_log)
    else:
        own = _uvicorn(fd, workers, loop, access_log, root_path)
        if python and "timeout_worker_healthcheck" not in python.options:  # an older uvicorn
            at = own.index("--timeout-worker-healthcheck")
            del own[at : at + 2]
        if warm and not python and sys.platform == "linux":
            own = [WARM, *own[1:]]
    return [str(python.path) if python else sys.executable, "-m", *own, *extra]


def _uvicorn(fd: int, workers: int, loop: str, access_log: bool, root_path: str) -> list[str]:
    return [
        *("uvicorn", BOOT, "--workers", str(workers), "--fd", str(fd)),
        *("--loop", loop, "--timeout-keep-alive", KEEP_ALIVE),
        *("--timeout-worker-healthcheck", HEALTH_CHECK),
        "--access-log" if access_log else "--no-access-log",
        *(("--root-path", root_path) if root_path else ()),
    ]


def _gunicorn(preload: bool, fd: int, workers: int, loop: str, access_log: bool) -> list[str]:
    if loop not in ("auto", "asyncio"):
        raise BadUsage(f"gunicorn's worker has no loop {loop!r}", "use loop='auto' or 'asyncio'")
    worker = "UvicornWorker" if loop == "auto" else "UvicornH11Worker"
    return [
        *("gunicorn", BOOT, "--workers", str(workers), "--bind", f"fd://{fd}"),
        *("--worker-class", f"uvicorn_worker.{worker}", "--keep-alive", KEEP_ALIVE),
        "--no-control-socket",  # it would be written into the home folder
        *(("--access-logfile", "-") if access_log else ()),
        *(("--preload",) if preload else ()),
    ]
