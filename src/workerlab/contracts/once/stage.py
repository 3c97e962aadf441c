"""A server of lab 18 whose runners can be held.

A stage is one server of the app with stores and a sink of its own, clients of known workers, and
links on which it is said whose messages to the stores may pass.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Self

from workerlab.contracts.once.desk import DONE, Desk
from workerlab.contracts.once.patience import LOOK_S, MOST_TIMES, Chains
from workerlab.contracts.once.sink import Call, Sink
from workerlab.errors import AppDidNotStart
from workerlab.network.delay import Wire
from workerlab.network.turns import THAW, Turns, send
from workerlab.servers import Server

__all__ = ["Stage"]

DONE_S = 2.0  # a job is done so long after the answered 200
LATER_S = 0.5  # and what our own questions take
REPLACED_S = 5.0  # a runner that was killed is replaced
RETRIED_S = 9.0  # a call that hung for 2 s is tried again 5 s later, and answered then
NEXT_S = 0.01  # between two questions of ours, at first
AT_MOST_S = 0.1  # the same, in a long wait
SLOWER = 1.5  # times that pause, from one question to the next
Launch = Callable[..., Server]


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def begin(stage: Stage) -> None:
    """Start the server, and once more if it does not start.

    Workers that make the same table at the same moment do not all start, which one check is about;
    the others find the table that one of them has made.
    """
    try:
        stage.server.start()
    except AppDidNotStart:
        stage.server.start()


class Stage:
    """A server of the app, its sink, its clients, and turns at its stores; a context manager.

    launch   makes a server of the submission
    stores   the app's settings that name its stores, which are this stage's own
    tick     TICK_MS
    start    starts the server, if not in the usual way
    """

    server: Server

    def __init__(
        self,
        launch: Launch,
        stores: dict[str, str],
        tick: int,
        *,
        workers: int,
        start: Callable[[Stage], object] | None = None,
    ) -> None:
        self.turns = Turns(lambda: self.server.tree())  # noqa: PLW0108 (it comes later)
        self.sink = Sink(lambda: self.server.tree())  # noqa: PLW0108
        self.chains = Chains(lambda: self.server.tree())  # noqa: PLW0108
        self.tick, self.stores, self.tried = tick / 1000, stores, {"requests": 0}
        self._launch, self._workers, self._start = launch, workers, start or begin
        self.frozen: set[int] = set()
        self._posted = 0
        self._stack = ExitStack()
        self.nobody_called = (
            f"Nobody runs a job.\nIt was posted, and {REPLACED_S:g} s later nobody has called the "
            "sink"
        )

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            wire = stack.enter_context(Wire(self.stores, self.turns))
            stack.enter_context(self.sink)
            settings = {"SINK_URL": self.sink.url, "TICK_MS": f"{self.tick * 1000:.0f}"}
            self.server = self._launch(env=wire.env | settings, workers=self._workers)
            stack.callback(self.server.close, kill=True)
            stack.callback(self.thaw)
            self._start(self)
            self.desk = stack.enter_context(Desk(self.server, self.tried, self.chains))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def signal(self, pid: int, sig: int) -> None:
        """Send a worker a signal; what it holds still, `thaw` lets go on."""
        if pid:
            self.frozen.add(pid)
            send(pid, sig)

    def thaw(self) -> None:
        """All workers that stand still go on."""
        for pid in self.frozen:
            send(pid, THAW)
        self.frozen.clear()

    def gather(self) -> None:
        """Everybody may go on, and all workers are there, also in the place of killed ones."""
        self.turns.everybody_passes()
        self.thaw()
        self.desk.gather()

    def others(self, *pids: int) -> list[int]:
        """The workers that live, but for these and those that stand still."""
        return [pid for pid in self.desk.pids if pid not in pids and pid not in self.frozen]

    def posted(self) -> str:
        """A new job, posted to one worker after the other."""
        pids = self.others()
        self._posted += 1
        return self.desk.post(pids[self._posted % len(pids)])

    def clock_of_waiting(self) -> Callable[[], float]:
        """A function: for how long, from now on, a worker may have been kept from a step.

        Such a step takes two processes: the worker, and a store or one of ours.
        """
        clock = self.server.clock_of_waiting()
        return lambda: 2 * clock()

    def comes(self, holds: Callable[[], object], seconds: float, times: float = MOST_TIMES) -> bool:
        """Whether it comes to be so within so many seconds: see `Chain.passed`."""
        if self.sink.wait_until(holds, LOOK_S):
            return True
        chain = self.chains.begin()
        while not self.sink.wait_until(holds, LOOK_S):
            if chain.passed(seconds - LOOK_S, times):
                return bool(holds())
        return True

    def calls(self, job: str, *, but: int = 0) -> list[Call]:
        """The calls of a job that have arrived, but for those of one worker."""
        return [call for call in self.sink.of(job) if call.pid != but or not but]

    def is_called(self, job: str) -> None:
        """An assertion unless somebody calls the sink."""
        assert self.comes(lambda: self.calls(job), REPLACED_S), self.nobody_called
        self.is_lawful()

    def is_a_worker(self, call: Call) -> None:
        """An assertion if a process has called that is none of the workers."""
        assert call.pid in (0, *self.desk.pids, *self.frozen), (
            "A call came from a process that is none of the workers."
        )

    def is_done(self, job: str, seconds: float = DONE_S, *, after: str) -> None:
        """An assertion unless a worker that has not called says in so many seconds that it is done."""
        chain, pause = self.chains.begin(), NEXT_S
        while (state := self._state_elsewhere(job)) != DONE:
            if chain.passed(seconds + LATER_S):
                break
            time.sleep(pause)
            pause = min(SLOWER * pause, AT_MOST_S)
        self.is_lawful()
        assert state == DONE, (
            f"A job is not done in time.\n{_begun(after)}; {seconds:g} s later the job is {state}"
        )
        assert any(call.accepted for call in self.sink.of(job)), (
            "A job is said to be done before the sink has accepted a call of it.\n"
            f"{_begun(after)}; the job is said to be done, and no call of it was answered 200"
        )

    def _state_elsewhere(self, job: str) -> str:
        """What a worker says that has not called the sink for it, if there is one."""
        callers = {call.pid for call in self.sink.of(job)}
        pids = self.others()
        return self.desk.state(job, next((pid for pid in pids if pid not in callers), pids[0]))

    def is_lawful(self) -> None:
        """An assertion if the sink has seen what no app may send."""
        assert not self.sink.faults, self.sink.faults[0]

    @contextmanager
    def answering(self, answers: Callable[[Call], int]) -> Iterator[None]:
        """The sink answers so while the block runs."""
        before, self.sink.answers = self.sink.answers, answers
        try:
            yield
        finally:
            self.sink.answers = before

    @contextmanager
    def meeting(self, on_way: Callable[[Call], None]) -> Iterator[None]:
        """Each call is met so, before it arrives, while the block runs."""
        before, self.sink.on_way = self.sink.on_way, on_way
        try:
            yield
        finally:
            self.sink.on_way = before
