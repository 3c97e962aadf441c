"""`python ways.py WAY FOLDER [ORDER]`: what each worker of the app in a folder reports, twice.

A server of three workers is started, asked, stopped and started again; printed is a list of the
two starts, and each is the list of its workers' reports in JSON. For a way that is sandboxed it runs
in a grading process, and ORDER is that about the sandbox.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

from workerlab.grading.batch.isolation import filtered, sandbox_of
from workerlab.processes.sandbox import confine, give
from workerlab.servers import Server, templates
from workerlab.servers.readiness import stopped
from workerlab.stepping import SteppedServer

WORKERS = 3
HANDED_IN = Path("/tmp/handed-in")
Reports = list[list[dict]]


def plain(folder: Path) -> Reports:
    """uvicorn as one types it; each start in a session of its own, as of a service manager."""
    with socket.socket() as held:  # so that nobody else gets the port
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        return [_plainly(folder, held.getsockname()[1]) for _ in range(2)]


def _plainly(folder: Path, port: int) -> list[dict]:
    words = ["uvicorn", "app:app", "--workers", str(WORKERS), "--port", str(port)]
    with (folder / "log").open("a") as log:
        uvicorn = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=folder, env={**os.environ, "PWD": str(folder)}, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    found: dict[int, dict] = {}
    try:
        while len(found) < WORKERS:
            with stopped(found):
                report = _ask(port)
            found[report["alone"]["pid"]] = report
        uvicorn.terminate()
        uvicorn.wait(60)
    finally:
        if uvicorn.poll() is None:
            os.killpg(uvicorn.pid, signal.SIGKILL)
            uvicorn.wait()
    return [report for _, report in sorted(found.items())]


def _ask(port: int) -> dict:
    """A new worker's report: those that do not listen yet are waited for."""
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            return _report(connection)
        except ConnectionError:
            continue
        finally:
            connection.close()


def _report(connection: HTTPConnection) -> dict:
    connection.request("GET", "/")
    return json.loads(connection.getresponse().read())


def ours(server: Server) -> Reports:
    """A server of ours."""
    with server:
        first = _each(server)
        server.restart()
        return [first, _each(server)]


def _each(server: Server) -> list[dict]:
    reports = []
    for _, connection in server.connections():
        reports.append(_report(connection))
        connection.close()
    return reports


def stepped(app: Path) -> Reports:
    """A server whose requests can be held, and that holds none now."""
    with SteppedServer(app, workers=WORKERS) as held:
        return ours(held.server)


def sandboxed(app: Path, order: str) -> Reports:
    """As a submission is served while a class is graded."""
    confine(filtered(sandbox_of(json.loads(order), app.parent)))
    shutil.copytree(app.parent, HANDED_IN)
    give(HANDED_IN)
    return ours(Server(HANDED_IN / app.name, workers=WORKERS, warm=True))


def forked_and_sandboxed(app: Path, order: str) -> Reports:
    """The same with servers that enter the sandbox by themselves."""
    templates.may_tell = lambda _: False
    sandboxed(app, order)
    (template,) = templates._ours()._known.values()
    assert [*template._tried.values()] == [True], "no fork came into the sandbox"
    return ours(Server(HANDED_IN / app.name, workers=WORKERS, warm=True))


def forked(way: Callable[[Path], Reports]) -> Callable[[Path], Reports]:
    """The same with servers that are forks of a template, though this app can tell."""

    def from_a_template(app: Path) -> Reports:
        templates.may_tell = lambda _: False
        way(app)  # the first server is not to be the only one that looks right
        return way(app)

    return from_a_template


def warm(app: Path) -> Reports:
    return ours(Server(app, workers=WORKERS, warm=True))


def one(app: Path) -> Reports:
    return ours(Server(app, workers=1, warm=True))


WAYS = {
    "plain": lambda app: plain(app.parent),
    "warm": warm,
    "one": one,
    "stepped": stepped,
    "forked": forked(warm),
    "forked one": forked(one),
    "forked and stepped": forked(stepped),
    "sandboxed": sandboxed,
    "forked and sandboxed": forked_and_sandboxed,
}

if __name__ == "__main__":
    way, place, *order = sys.argv[1:]
    print(json.dumps(WAYS[way](Path(place) / "app.py", *order)))
