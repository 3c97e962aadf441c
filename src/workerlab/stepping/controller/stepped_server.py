"""A stepped server: real workers under a conductor, on which schedules are run."""

import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from sysconfig import get_path
from typing import Any, Self

from workerlab.errors import BadUsage, NotReady, WorkerlabError
from workerlab.history import Event, History
from workerlab.processes import activity
from workerlab.processes.patience import Deadline
from workerlab.restoring.busy import Busy
from workerlab.servers import Server
from workerlab.servers.interpreter import Interpreter
from workerlab.stepping.access import ANYTHING, EXPIRES
from workerlab.stepping.controller import casting
from workerlab.stepping.controller.clocks import Clocks
from workerlab.stepping.controller.conductor import Conductor
from workerlab.stepping.controller.connections import FREE_RUN_S, Connections
from workerlab.stepping.controller.execution import HOLD_S, STUCK_S, Choosing, Execution
from workerlab.stepping.controller.leases import Leases
from workerlab.stepping.controller.listening import Audience, Heard
from workerlab.stepping.controller.remote_task import RemoteTask
from workerlab.stepping.controller.sign_ins import SignIns
from workerlab.stepping.controller.source_lines import Sources, place_of
from workerlab.stepping.controller.spinning import LongestStep
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.controller.worker_start import Starters
from workerlab.stepping.conversation import Conversation
from workerlab.stepping.gates import KNOWN, unknown_python
from workerlab.stepping.lease import LONGEST, OUTLIVE_THE_WORK, Lease
from workerlab.stepping.placeholders import renewed, without_number
from workerlab.stepping.program import ONE_WORKER, Program, Request

BACKGROUND_S = 10.0  # that a request may go on after its response, when it is asked alone
AGENT = "workerlab.stepping.worker.agent"


def nothing() -> None:
    """Put nothing back: each run begins where the last one ended."""


class SteppedServer:
    """Runs programs on an app, one schedule at a time.

    app        as for `Server`
    workers    worker processes; a placement on different workers needs two
    env        the app's settings
    services   process ids of the stores that the app uses (we only watch them): a silent
               worker waits for a lock only if they are asleep too
    trace_into names of installed packages whose lines are gates too
    library_endpoints  so are those of packages that bring along endpoints which write
    options    more options for `Server`

    These say how a run begins, of a schedule or of a reference: `put_back` brings the app's data
    back to the start, and raises Busy while a worker keeps them locked; `keep` makes what they are
    now the start; with `anew` the workers are started again, since they have state of their own;
    with `signs_out` all clients sign in again, since putting back makes the app forget them.

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
        library_endpoints: bool = False,
        **options: Any,
    ) -> None:
        if reason := unknown_python():
            raise BadUsage(reason, f"use {KNOWN}")
        python = options["python"] = options.get("python") and Interpreter.of(options["python"])
        places = [place_of(package, python) for package in trace_into]
        sources = Sources(places)
        if library_endpoints:
            sources.places.append(python.libraries if python else Path(get_path("purelib")))
        self.conductor = Conductor(sources)
        try:
            environment = {
                "WORKERLAB_TRACE_INTO": ":".join(places),
                **({"WORKERLAB_TRACE_ENDPOINTS": "1"} if library_endpoints else {}),
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
        self.put_back: Callable[[], None] = nothing
        self.keep: Callable[[], None] = nothing
        self.anew = self.signs_out = False
        self._warm: set[int] = set()
        self.clocks = Clocks()  # of the stores, where a time-to-live may run out
        self._leases_outside: set[Lease] = set()
        self._any_lease = False  # whether any time-to-live was set that does not run out
        self._sign_ins = SignIns()
        self._longest = LongestStep()
        self._heard = Heard()  # by clients that listen, in earlier runs
        self._signed_out = False  # the workers are new: they may know no client that has signed in
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
        self.clocks.close()
        self.server.close(kill=kill)
        self.conductor.close()

    def roots(self) -> set[int]:
        """Processes (workers, stores): when they and their descendants sleep, no task can move."""
        return {*self.connections.roots, *self.services}

    @property
    def puts_back(self) -> bool:
        """Whether the app's data are put back before each run."""
        return self.put_back is not nothing

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

    def begin_again(self) -> None:
        """The next run begins as the first one did, as far as data can be put back."""
        try:
            if self.anew:
                self._replace_workers()
            else:
                self.put_back()
        except Busy:
            self._replace_workers()
        if self._signed_out or self.signs_out:
            self.sign_in(self._sign_ins.requests)

    def _replace_workers(self) -> None:
        """Put the data back while there is no worker that could keep them locked."""
        self._hang_up()
        self._signed_out = True
        self.server.replace_workers(self.put_back)
        self.connections.meet()
        try:
            self.put_back()  # what the workers did as they started belongs to no run
        except Busy as error:
            advice = "end every transaction that the app begins, its start-up too"
            raise NotReady(str(error), advice) from None

    def renew(self) -> None:
        """Restart the workers: after a deadlock or a crash they may still hold locks."""
        self._hang_up()
        for pid in self.server.pids:  # a worker in a deadlock does not stop by being asked
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.server.restart()
        self._signed_out = True

    def sign_in(self, requests: Iterable[Request]) -> None:
        """Let the clients sign in, once: what they are told is known in every run from now on.

        What the app has written for that belongs to the start, unless each run signs in anew.
        Raises BadUsage when one of them cannot.
        """
        earlier, self._sign_ins = self._sign_ins.requests, SignIns(requests)
        self._signed_out = self.anew  # the next run may be on these workers again
        self._sign_ins.send(
            lambda request: self.alone(request, "-", self.workers[0]),
            again=earlier == self._sign_ins.requests,
        )
        if self._sign_ins.requests and not (self.anew or self.signs_out):
            self.keep()

    def conversation(self) -> Conversation:
        """What every run begins with: what the clients were told when they signed in."""
        return self._sign_ins.conversation

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
        leases: str = OUTLIVE_THE_WORK,
        look: Callable[[Execution], None] = lambda execution: None,
    ) -> Trace:
        """Run one schedule of a program. The history includes the requests before and after.

        stuck_s   seconds after which requests that all wait, and are not held, are a deadlock
        hold_s    seconds that a request may be held before the run is discarded
        leases    what is assumed of times-to-live: those that may run out, do so at any later step
                  when the scheduler says so
        look      is called with the run before it begins, to watch it while it waits for a choice
        """
        self.begin_again()
        starts = self.starters.tasks(program)  # before any request, since it kills workers
        last_names = program.last_names  # as they are in each run, whatever number there is in one
        program, number = renewed(program)
        talk, before = self.conversation(), History()
        for place, request in enumerate(program.before):
            before.append(self.ask(talk.ready(request)))
            talk.heard(f"before.{place}", request, before[-1])
        if any(event.unknown for event in before):
            self.starters.take_back(starts)
            return Trace(history=before, end="not begun", placement=placement)
        at = self.workers[:1] if placement == ONE_WORKER else self.workers
        audience = self.audience(program, talk, at)  # first, since its connections are its own
        tasks, last = casting.cast(
            self.connections, program, last_names, placement, starts, self._warm
        )
        mode = "loop" if placement == ONE_WORKER or casting.workers_listen(program) else "thread"
        mode += " explain" * explain
        run = Execution(
            self.conductor, tasks, last, scheduler, mode, self.roots,
            stuck_s=stuck_s, stores=self.services, hold_s=hold_s,
            when_ended=program.model == "serial", follows=program.follows, talk=talk,
            leases=None if starts else self.new_leases(leases), longest=self._longest,
        )  # fmt: skip
        look(run)
        with audience:
            trace = run.run()
            trace.placement = placement
            trace.history += audience.events()
        if run.leases is None:  # a key may have been given its time in an earlier run
            self._any_lease |= EXPIRES in trace.caveats
            trace.caveats |= {EXPIRES} if self._any_lease else set()
        for start in starts.values():
            known = talk.heard_all((task.name, task.request, task.event()) for task in tasks)
            ready = replace(program, after=tuple(map(known.ready, program.after)))
            trace.history += self.starters.ask_all(ready, start)
        self._warm |= {event.pid for event in trace.history if event.pid and not event.unknown}
        trace.history = without_number([*before, *trace.history], number)
        if number:
            trace.forget(number)
        if trace.end != "finished" and any(event.unknown for event in trace.history):
            with suppress(WorkerlabError):
                self.renew()
        return trace

    def new_leases(self, assumed: str) -> Leases | None:
        """Those that may run out in an execution that begins now; None when none may."""
        if assumed == OUTLIVE_THE_WORK:
            return None
        return Leases(self.clocks, LONGEST[assumed], self._leases_outside)

    def alone(self, request: Request, client: str, pid: int, leases: Leases | None = None) -> Event:
        """Send one request that is held nowhere, and wait until all that it started has ended.

        What has not ended `BACKGROUND_S` seconds after the response is not waited for any longer.
        With `leases`, these know afterwards which times-to-live run.
        """
        line = self.connections.line(pid)
        line.sock.settimeout(FREE_RUN_S)
        task = RemoteTask(client, request, pid, line)
        self.conductor.start([task])
        self.conductor.send(task, "free")
        deadline, answered = Deadline(FREE_RUN_S), False
        while not task.answered or task.held:
            self.conductor.poll(0.02)
            if task.answered and not answered:
                deadline, answered = Deadline(BACKGROUND_S), True
            if deadline.passed:
                break
        self.conductor.finish()
        if leases:
            leases.look([(client, lease) for lease in task.take_leases()], {ANYTHING})
        return task.event()

    def audience(self, program: Program, talk: Conversation, pids: Iterable[int]) -> Audience:
        """The program's clients that listen at these workers, to be entered: see `casting`."""
        return casting.audience(
            self.connections, program, talk, pids, self._heard,
            lambda: not activity.at_work(self.roots()),
        )  # fmt: skip

    def placed(self, program: Program) -> dict[str, int]:
        """The worker of each request of the program, on different workers as far as there are any."""
        return casting.placed(program, self.workers)
