"""A stepped server: real workers under a conductor, on which schedules are run."""

import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from workerlab.errors import BadUsage, NotReady, WorkerlabError
from workerlab.history import Event, History
from workerlab.models.registry import MODELS
from workerlab.servers import Server
from workerlab.stepping.controller.conductor import Conductor
from workerlab.stepping.controller.connections import FREE_RUN_S, Connections
from workerlab.stepping.controller.execution import HOLD_S, STUCK_S, Choosing, Execution
from workerlab.stepping.controller.remote_task import RemoteTask
from workerlab.stepping.controller.source_lines import Sources, place_of
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.controller.worker_start import Start, Starters
from workerlab.stepping.gates import KNOWN, unknown_python
from workerlab.stepping.placeholders import filled
from workerlab.stepping.program import ONE_WORKER, Program, Request

BACKGROUND_S = 10.0  # that a request may go on after its response, when it is asked alone
AGENT = "workerlab.stepping.worker.agent"


class SteppedServer:
    """Runs programs on an app, one schedule at a time.

    app        as for `Server`
    workers    worker processes; a placement on different workers needs two
    env        the app's settings
    services   process ids of the stores that the app uses (we only watch them): a silent
               worker waits for a lock only if they are asleep too
    trace_into names of installed packages whose lines are gates too
    options    more options for `Server`

    Raises what `Server` raises, and BadUsage for a package that is not installed, or a Python
    whose instructions are not known.
    """

    def __init__(
        self,
        app: str | Path,
        *,
        workers: int = 2,
        env: dict[str, str] | None = None,
        services: Iterable[int | None] = (),
        trace_into: Iterable[str] = (),
        **options: Any,
    ) -> None:
        if reason := unknown_python():
            raise BadUsage(reason, f"use {KNOWN}")
        places = [*map(place_of, trace_into)]
        sources = Sources(places)
        self.conductor = Conductor(sources)
        try:
            environment = {
                "WORKERLAB_TRACE_INTO": ":".join(places),
                **(env or {}),
                "WORKERLAB_STEPPING": self.conductor.path,
            }
            # What is sent is seen at Python's sockets, and uvloop has sockets of its own.
            usual = {"workers": workers, "env": environment, "warm": True, "loop": "asyncio"}
            options = {**usual, **options}
            self.server = Server(app, agent=AGENT, **options)
        except BaseException:
            self.conductor.close()
            raise
        sources.places.append(Path(self.server.folder))
        self.services = [pid for pid in services if pid]
        self._warm: set[int] = set()
        self.connections = Connections(self.server, self.conductor.tick)
        self.starters = Starters(self.connections, self.conductor.path)

    def __enter__(self) -> Self:
        try:
            self.server.__enter__()
        except BaseException:
            self.conductor.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self, *, kill: bool = False) -> None:
        """End the server; by SIGKILL if it does not matter how its workers end."""
        self._hang_up()
        self.server.close(kill=kill)
        self.conductor.close()

    def roots(self) -> set[int]:
        """Processes (workers, stores): when they and their descendants sleep, no task can move."""
        return {*self.connections.roots, *self.services}

    @property
    def workers(self) -> list[int]:
        """The workers that can be reached."""
        return self.connections.workers

    def forget(self, pid: int) -> None:
        """A worker is gone: close what led to it."""
        self.connections.forget(pid)

    def _hang_up(self) -> None:
        self.starters.let_go()
        self.connections.close()

    def renew(self) -> None:
        """Restart the workers: after a deadlock or a crash they may still hold locks."""
        self._hang_up()
        for pid in self.server.pids:  # a worker in a deadlock does not stop by being asked
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.server.restart()

    def refresh(self) -> None:
        """Wait until every worker is there again and meet each of them anew."""
        self._hang_up()
        self.connections.meet()

    def ask(self, request: Request, pid: int | None = None, timeout: float = FREE_RUN_S) -> Event:
        """Run one request alone, held at no gate, on one worker (the first unless named)."""
        return self.connections.ask(request, pid, timeout)

    def run(
        self,
        program: Program,
        placement: str,
        scheduler: Choosing,
        *,
        explain: bool = False,
        stuck_s: float = STUCK_S,
        hold_s: float = HOLD_S,
        look: Callable[[Execution], None] = lambda execution: None,
    ) -> Trace:
        """Run one schedule of a program. The history includes the requests before and after.

        stuck_s   seconds after which requests that all wait, and are not held, are a deadlock
        hold_s    seconds that a request may be held before the run is discarded
        look      is called with the run before it begins, to watch it while it waits for a choice
        """
        starts = self.starters.tasks(program)  # first of all, since it kills workers
        before = History(self.ask(request) for request in program.before)
        if any(event.unknown for event in before):
            self.starters.take_back(starts)
            return Trace(history=before, end="not begun")
        program = filled(program, before)
        tasks, last = self._cast(program, placement, starts)
        mode = "loop" if placement == ONE_WORKER or workers_listen(program) else "thread"
        mode += " explain" * explain
        run = Execution(
            self.conductor, tasks, last, scheduler, mode, self.roots,
            stuck_s=stuck_s, stores=self.services, hold_s=hold_s,
            when_ended=program.model == "serial",
        )  # fmt: skip
        look(run)
        trace = run.run()
        for start in starts.values():
            trace.history += self.starters.ask_all(program, start)
        self._warm |= {event.pid for event in trace.history if event.pid and not event.unknown}
        trace.history = History([*before, *trace.history])
        if trace.end != "finished" and any(event.unknown for event in trace.history):
            with suppress(WorkerlabError):
                self.renew()
        return trace

    def alone(self, request: Request, client: str, pid: int) -> Event:
        """Send one request that is held nowhere, and wait until all that it started has ended.

        What has not ended `BACKGROUND_S` seconds after the response is not waited for any longer.
        """
        line = self.connections.line(pid)
        line.sock.settimeout(FREE_RUN_S)
        task = RemoteTask(client, request, pid, line)
        self.conductor.start([task])
        self.conductor.send(task, "free")
        began = time.monotonic()
        answered: float | None = None
        while not task.answered or task.held:
            self.conductor.poll(0.02)
            now = time.monotonic()
            answered = answered or (now if task.answered else None)
            if now - (answered or began) > (BACKGROUND_S if answered else FREE_RUN_S):
                break
        self.conductor.finish()
        return task.event()

    def placed(self, program: Program) -> dict[str, int]:
        """The worker of each request of the program, on different workers as far as there are any."""
        pids = self.workers
        return {name: pids[index % len(pids)] for index, name in enumerate(program.names)}

    def _cast(
        self, program: Program, placement: str, starts: dict[str, Start]
    ) -> tuple[list[RemoteTask], list[RemoteTask]]:
        """A task for each request, each with a connection of its own."""
        alone = placement == ONE_WORKER
        places = self.workers[:1] if alone else self.workers
        if not alone and not starts and len(places) < 2:
            raise NotReady("a placement on different workers needs two workers", "give workers=2")
        by_itself = not alone and len(program.requests) <= len(places)
        used: dict[int, int] = {}
        tasks: list[RemoteTask] = []
        requests = [*zip(program.names, program.requests, strict=True)]
        if not starts:  # else every worker is asked, when it is known which workers there are
            requests += zip(program.last_names, program.after, strict=True)
        for index, (name, request) in enumerate(requests):
            if name in starts:
                tasks.append(starts[name])
                continue
            pid = places[index % len(places)]
            connection = self.connections.line(pid, used.get(pid, 0))
            used[pid] = used.get(pid, 0) + 1
            connection.sock.settimeout(FREE_RUN_S)
            tasks.append(RemoteTask(name, request, pid, connection, pid in self._warm, by_itself))
        count = len(program.requests)
        return tasks[:count], tasks[count:]


def workers_listen(program: Program) -> bool:
    """Whether a worker must go on with what it does beside a request that is held."""
    model = MODELS.get(program.model)
    return program.starts_a_worker or (model is not None and model.listens)
