"""One run on real workers that stands still until a person chooses the task that moves next."""

from math import inf
from queue import SimpleQueue
from threading import Thread

from workerlab.stepping.controller.execution import Abandoned, Execution
from workerlab.stepping.controller.remote_task import RemoteTask, State
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.controller.stop import Stop
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.program import Program

Said = tuple[
    tuple[str, ...], str | None
]  # the tasks that may be let go, and the one of them that moved last
Place = tuple[str, int, int, str]  # in the code: file, line, offset, and kind of gate


class PausedRun:
    """A run in a thread of its own. The stepped server belongs to it until it is over or let go.

    enabled   the tasks that may be let go now; empty when the run is over
    current   the one of them that moved last and could go on, if there is one
    trace     the trace of the run, once it is over

    A wait may be interrupted: `settle` then waits for the rest of the same move.
    """

    def __init__(self, stepped: SteppedServer, program: Program, placement: str) -> None:
        self.stepped, self.program, self.placement = stepped, program, placement
        self.enabled: tuple[str, ...] = ()
        self.current: str | None = None
        self.trace: Trace | None = None
        self.execution: Execution | None = (
            None  # None until the requests before have their responses
        )
        self._error: BaseException | None = None
        self._moving = True
        self._said: SimpleQueue[Said] = SimpleQueue()  # by the run: that it stands still
        self._choices: SimpleQueue[str | None] = SimpleQueue()
        # A notebook kernel, or a test, must be able to end in the middle of a run.
        Thread(target=self._run, name="workerlab live", daemon=True).start()

    @property
    def over(self) -> bool:
        """Whether no task can be let go any more: all have their responses, or all wait for ever."""
        self.settle()
        return self.trace is not None

    @property
    def tasks(self) -> list[RemoteTask]:
        """The program's requests, as far as the run has begun."""
        return self.execution.first if self.execution else []

    def settle(self) -> None:
        """Wait until the workers stand still. Raises the error that ended the run."""
        if self._moving:
            self.enabled, self.current = self._said.get()
            self._moving = False
        if self._error is not None:
            raise self._error

    def step(self, task: str) -> None:
        """Let one of `enabled` take one step, and wait until all stand still again."""
        self.settle()
        self._tell(task)

    @property
    def broken(self) -> bool:
        """Whether the run ended in an error, which has been raised."""
        return self._error is not None

    def let_go(self) -> None:
        """End the run: everything that is held runs on, and all responses are read."""
        if not self.broken and not self.over:
            self._tell(None)

    def so_far(self) -> Trace:
        """The trace of the run up to now."""
        self.settle()
        if self.trace is not None:
            return self.trace
        assert self.execution is not None  # a task is waited for, so it has begun
        return self.execution.so_far()

    def path(self) -> list[tuple[str, Place | None]]:
        """Each of the reader's moves: the task, and the place in the code that it left."""
        decisions = self.so_far().decisions
        names = self.program.names
        return [(d.chosen, _place(d.stop)) for d in decisions if d.chosen in names]

    def where(self) -> list[str]:
        """Where each request is, in a few words."""
        return [_where(task) for task in self.tasks]

    def _tell(self, choice: str | None) -> None:
        self._moving = True
        self._choices.put(choice)
        self.settle()

    def _run(self) -> None:
        try:
            self.trace = self.stepped.run(
                self.program, self.placement, self, explain=True, hold_s=inf, look=self._see
            )
        except BaseException as error:  # noqa: BLE001 (the reader's thread raises it)
            self._error = error
        self._said.put(((), None))

    def _see(self, execution: Execution) -> None:
        self.execution = execution

    def choose(self, step: int, enabled: tuple[str, ...], current: str | None) -> str:
        tasks = tuple(sorted(set(enabled) & set(self.program.names)))
        if not tasks:
            return enabled[0]  # the last requests: no task is held there
        self._said.put((tasks, current))
        choice = self._choices.get()
        if choice is None:
            raise Abandoned
        return choice


def _place(stop: Stop | None) -> Place | None:
    return None if stop is None else (stop.file, stop.line, stop.offset, stop.kind)


def _where(task: RemoteTask) -> str:
    if stop := task.gate:
        at = "has come back to" if stop.resumes else "stands before"
        return f"{task.name} {at} line {stop.line}, {stop.source}"
    if task.state is State.READY:
        return f"{task.name} has not begun"
    return f"{task.name} has answered" if task.answered else f"{task.name} waits for another"
