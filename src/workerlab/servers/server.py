"""An app file under real workers.

    with Server("app.py", workers=5) as server:
        server.url, server.pids, server.log

Ready when every worker has responded over HTTP. Leaves nothing behind, not even when the
process that holds it is killed.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from html import escape
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self

from workerlab.errors import BadUsage
from workerlab.processes.child import Child
from workerlab.processes.tree import descendants
from workerlab.servers import readiness
from workerlab.servers.instance import Instance
from workerlab.servers.interpreter import Interpreter
from workerlab.servers.runners import PATIENCE_S

START_S = 30.0  # seconds in which every worker must have responded


class Server:
    """Workers that serve an app; a context manager, or `start()` and `close()`.

    app         path of a file that defines `app`; or "package.module:attribute"
    app_dir     the folder in which the workers run and from which they import; unless given, that
                of the file, or the working directory
    workers     worker processes (of each instance)
    runner      "uvicorn", "gunicorn", "preload" (gunicorn --preload), or "instances": as many
                one-worker servers as `workers`, each on a port of its own
    env         environment variables for the workers, on top of ours
    agent       a module that each worker carries beside the app: it has `install(folder)`, called
                before the app is imported, and `wrap(app)`
    instances   servers beside each other, each with `workers` workers and its own port
    loop        "auto", "asyncio" or "uvloop"
    deadline    seconds within which every worker must have responded
    root_path   the path that a proxy puts before ours; "{port}" in it becomes the port
    port        a port that must be used; 0 lets Linux choose
    warm        several workers of uvicorn start faster: see `servers.fork_server` (Linux only)
    in_sandbox  False for an app of ours, which needs no sandbox: see `processes.sandbox`
    apart       True for instances that are as if each on a machine of its own, where a grader's
                sandbox can do that: see `servers.apart`
    extra       more arguments for the runner's own command line
    fds         descriptors that the workers inherit
    patience    seconds that its processes have to end when it is stopped
    python      the interpreter, or the virtual environment, that the workers run in; ours unless given

    Raises BadUsage for wrong arguments; `start()` raises AppDidNotStart or NotReady.
    """

    def __init__(
        self,
        app: str | Path,
        *,
        workers: int = 5,
        runner: str = "uvicorn",
        env: dict[str, str] | None = None,
        agent: str = "",
        instances: int = 1,
        loop: str = "auto",
        access_log: bool = False,
        deadline: float = START_S,
        root_path: str = "",
        extra: tuple[str, ...] = (),
        app_dir: str | Path | None = None,
        port: int = 0,
        warm: bool = False,
        in_sandbox: bool = True,
        apart: bool = False,
        fds: tuple[int, ...] = (),
        patience: float = 3.0,
        python: str | Path | Interpreter | None = None,
    ) -> None:
        self.app, self.folder = _find(app, app_dir)
        self.runner, self.deadline = runner, deadline
        self.workers, self._in_sandbox = workers, in_sandbox
        if runner == "instances":
            workers, instances = 1, workers
        if workers < 1 or instances < 1:
            raise BadUsage("a server needs at least one worker", "give workers=1 or more")
        if port and instances > 1:
            raise BadUsage("several instances cannot share one port", "leave port= out")
        interpreter = None if python is None else Interpreter.of(python)
        if interpreter:
            interpreter.must_have(runner)
        self._options = {
            "python": interpreter,
            "workers": workers,
            "runner": runner,
            "loop": loop,
            "access_log": access_log,
            "root_path": root_path,
            "extra": tuple(extra),
            "warm": warm,
            "apart": apart,
        }
        self._fds, self._patience = tuple(fds), patience
        variables = {"WORKERLAB_APP": self.app, **(env or {})}
        if agent:
            variables["WORKERLAB_AGENT"] = agent
        self._env, self._ports = variables, [port] * instances
        self._instances: list[Instance] = []

    def start(self) -> Self:
        """Start, and wait until every worker has responded."""
        if self.running:
            raise BadUsage("the server runs already", "close() it first, or use restart()")
        self._instances = []
        try:
            for port in self._ports:
                child = Child(in_sandbox=self._in_sandbox, patience=self._patience)
                options = self._options
                self._instances.append(
                    Instance(child, self.folder, self._env, port, self._fds, **options)
                )
                self._instances[-1].start()
            for instance in self._instances:
                instance.wait_for_start(self.deadline)
        except BaseException:
            self.close(kill=True)
            raise
        return self

    def close(self, *, kill: bool = False) -> None:
        """Stop every process and remove every trace; `log` can still be read."""
        for instance in self._instances:
            instance.let_go(kill=kill)  # all at once: each takes half a second
        for instance in self._instances:
            instance.close()

    def replace_workers(self, between: Callable[[], None]) -> None:
        """Kill all workers and have new ones, which have not responded yet.

        between   called for each instance when its workers are gone
        """
        for instance in self._instances:
            instance.replace_workers(between)

    def restart(self) -> None:
        """Stop all workers and start new ones on the same port; waits until all have responded."""
        for instance in self._instances:
            instance.stop()
        for instance in self._instances:
            instance.start()
        for instance in self._instances:
            instance.wait_for_start(self.deadline)

    def __enter__(self) -> Self:
        return self if self.running else self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def running(self) -> bool:
        """Whether the server has been started and not closed."""
        return any(instance.open for instance in self._instances)

    @property
    def urls(self) -> list[str]:
        """One address for each instance."""
        return [f"http://127.0.0.1:{instance.port}" for instance in self._instances]

    @property
    def url(self) -> str:
        """The address of the (first) instance."""
        if not self._instances:
            raise BadUsage("the server has not been started", "use `with server:` or start()")
        return self.urls[0]

    @property
    def link(self) -> str:
        """An address for the reader's browser: through JupyterLab's proxy, where there is one."""
        port = self.url.rpartition(":")[2]
        return f"{_proxy()}{port}/" if _proxy() else f"{self.url}/"

    @property
    def pids(self) -> list[int]:
        """The live workers that have responded over HTTP."""
        return [pid for instance in self._instances for pid in instance.pids]

    @property
    def log(self) -> str:
        """Everything that the app and its server printed (the last megabyte of each instance)."""
        return "\n".join(instance.log for instance in self._instances)

    @property
    def log_files(self) -> list[Path]:
        """Where the log of each instance is written while the server runs."""
        return [instance.child.folder / "log" for instance in self._instances]

    @property
    def left_behind(self) -> list[str]:
        """Names of the processes that outlived the server when it stopped, before being killed."""
        return [name for instance in self._instances for name in instance.left_behind]

    def tree(self) -> list[int]:
        """Every live process that the server started: parents, workers, and what they started."""
        return [pid for i in self._instances if i.root for pid in descendants(i.root)]

    def kill(self, pid: int, sig: int = signal.SIGKILL) -> None:
        """Send a signal to one of our processes; after SIGKILL, returns when it has ended."""
        if pid not in self.tree():
            raise BadUsage(f"{pid} is not a process of this server", "choose one of server.pids")
        os.kill(pid, sig)
        if sig == signal.SIGKILL:
            readiness.wait_for_end(pid)

    def wait_for_workers(self, n: int | None = None, deadline: float = PATIENCE_S) -> list[int]:
        """Wait until every worker (or `n` of each instance) has responded again; their pids."""
        for instance in self._instances:
            instance.wait_for_workers(deadline, n)
        return self.pids

    def connections(self) -> list[tuple[int, HTTPConnection]]:
        """One kept-alive connection to each worker, with its pid; the caller closes them."""
        return [pair for instance in self._instances for pair in instance.connections()]

    def clock_of_waiting(self) -> Callable[[], float]:
        """A function: for how many seconds, from now on, a process has waited for a processor.

        It is the most delayed one's time, of the caller and all workers; a deadline adds it.
        """
        clocks = [instance.clock_of_waiting() for instance in self._instances]
        return lambda: max((clock() for clock in clocks), default=0.0)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """The same words; inside JupyterHub with links that a reader's browser can follow."""
        words = repr(self)
        if not (_proxy() and self.running):
            return {"text/plain": words}
        html = escape(words)
        for url in self.urls:
            html = html.replace(url, self._links(f"{_proxy()}{url.rpartition(':')[2]}/"))
        return {"text/plain": words, "text/html": f"<pre>{html}</pre>"}

    def _links(self, link: str) -> str:
        """The link, and one to /docs, or why /docs would not find its API through the proxy."""
        shown = f'<a href="{escape(link)}" target="_blank">{escape(link)}</a>'
        if self._options["root_path"]:
            return f'{shown}  <a href="{escape(link)}docs" target="_blank">docs</a>'
        no_root = "gunicorn has no --root-path"
        reason = no_root if self.runner in ("gunicorn", "preload") else "root_path is not set"
        return f"{shown}  (without /docs: {reason})"

    def _lines(self) -> Iterator[str]:
        name = Path(self.app).name
        if not self.running:
            yield f"{name}: not running"
            return
        count = f"{self.workers} worker{'s' * (self.workers != 1)}"
        yield f"{name}: {count} ({self.runner})"
        for instance, url in zip(self._instances, self.urls, strict=True):
            yield f"  {url}"
            yield from (f"    worker {pid}" for pid in instance.pids)


def serve(app: str | Path, **options: Any) -> Server:
    """Start a Server (same options) and return it; stop it with `close()`, or use it in a `with`.

    Inside JupyterHub or Binder the app is given the path that the proxy uses for it, so that its
    /docs page works there.
    """
    if _proxy() and options.get("runner", "uvicorn") in ("uvicorn", "instances"):
        options.setdefault("root_path", _proxy() + "{port}")
    return Server(app, **options).start()


def _proxy() -> str:
    """Where JupyterLab's proxy puts a local port, up to the port; "" outside JupyterHub."""
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "")
    return f"{prefix.rstrip('/')}/proxy/" if prefix else ""


def _find(app: str | Path, app_dir: str | Path | None) -> tuple[str, Path]:
    """What WORKERLAB_APP becomes, and the folder that the workers run in."""
    folder = None if app_dir is None else Path(app_dir).resolve()
    if folder is not None and not folder.is_dir():
        raise BadUsage(f"there is no folder {app_dir}", "name the folder that the app starts in")
    if ":" in str(app):
        return str(app), folder or Path.cwd()
    path = Path(app).resolve()
    if path.is_dir():
        path /= "app.py"
    if not path.is_file():
        raise BadUsage(f"there is no file {app}", "give the path of a Python file with an `app`")
    if path.suffix != ".py":
        raise BadUsage(f"{app} is not a Python file", "give the path of a .py file with an `app`")
    if folder is not None and not path.is_relative_to(folder):
        raise BadUsage(f"{app} is not in {app_dir}", "name a folder that the app's file is in")
    return str(path), folder or path.parent
