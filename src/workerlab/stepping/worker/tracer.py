"""Stop at every gate of the student's files: two back ends, one callback.

Python 3.11 uses `sys.settrace` with opcode events. From 3.12 those events silently
vanish on a function's first call (CPython #103615, #114480), so `sys.monitoring`
is used there. `self_test` counts gates on a first and a second call and refuses to
work when any are missing.
"""

from __future__ import annotations

import dis
import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType, FunctionType
from typing import TYPE_CHECKING

from workerlab.stepping.gates import gates_of, unknown_python
from workerlab.stepping.worker.student_files import TEXT, Files

if TYPE_CHECKING:
    from typing import Any

    from _typeshed import TraceFunction

Gate = tuple[str, int, "dis.Positions | None"]
OnGate = Callable[[FrameType, int, Gate], None]


class Tracer:
    """Calls `on_gate(frame, offset, gate)` before each gated instruction of `files`."""

    def __init__(self, files: Files, on_gate: OnGate) -> None:
        self.files, self.on_gate = files, on_gate
        self._gates: dict[int, tuple[CodeType, dict[int, Gate]]] = {}
        self.watch_calls: Callable[[FrameType, str, object], None] | None = None

    def gates(self, code: CodeType) -> dict[int, Gate]:
        # Keyed by identity: hashing a code object hashes its constants, at every instruction.
        # The code object is kept beside its gates so that the identity stays its own.
        known = self._gates.get(id(code))
        if known is None:
            with self.files.quietly():
                known = self._gates[id(code)] = (code, gates_of(code))
        return known[1]

    def install(self) -> None:
        """Trace every thread that is started from now on."""
        raise NotImplementedError

    def begin(self) -> None:
        """Trace this thread too, until `end`: something in it is held."""

    def end(self) -> None:
        """Nothing in this thread is held any more."""

    def look_again(self) -> None:
        """Files have been added to those that are gated."""

    def remove(self) -> None:
        """Stop tracing."""
        raise NotImplementedError


class SettraceTracer(Tracer):
    """Python 3.11: opcode events of `sys.settrace`.

    It calls us at every call of every function, which would make each request twice as slow:
    so the thread of the event loop is traced only while one of its requests is held.
    """

    def install(self) -> None:
        threading.settrace(self._on_call)

    def begin(self) -> None:
        sys.settrace(self._on_call)

    def end(self) -> None:
        sys.settrace(None)

    def remove(self) -> None:
        threading.settrace(None)
        sys.settrace(None)

    def _on_call(self, frame: FrameType, event: str, argument: object) -> TraceFunction | None:
        code = frame.f_code
        students = self.files.known.get(code.co_filename)  # asked at every call: so not by have()
        if students is None or students is TEXT:
            students = self.files.have(frame)
        if students:
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
            gates, on_gate = self.gates(code), self.on_gate

            def on_opcode(frame: FrameType, event: str, argument: object) -> TraceFunction:
                if event == "opcode" and (gate := gates.get(frame.f_lasti)):
                    on_gate(frame, frame.f_lasti, gate)
                elif event == "return" and self.watch_calls:
                    self.watch_calls(frame, "leave", None)
                return on_opcode

            return on_opcode
        if self.watch_calls and frame.f_back and frame.f_back.f_code.co_filename in self.files:
            frame.f_trace_lines = False
            self.watch_calls(frame, "call", None)
            return self._on_library_event
        return None

    def _on_library_event(self, frame: FrameType, event: str, argument: object) -> TraceFunction:
        if event == "return" and self.watch_calls:
            self.watch_calls(frame, "return", argument)
        return self._on_library_event


# From Python 3.12 on. (mypy reads this as 3.11, the oldest that we run on, and knows no such module.)
_monitoring: Any = getattr(sys, "monitoring", None)


class MonitoringTracer(Tracer):
    """Python 3.12 and later: local instruction events of `sys.monitoring`."""

    TOOL = 4  # Free for anyone's use: 0 to 3 and 5 are reserved for debuggers and the like.

    def install(self) -> None:
        _monitoring.use_tool_id(self.TOOL, "workerlab")
        events = _monitoring.events
        _monitoring.register_callback(self.TOOL, events.PY_START, self._on_start)
        _monitoring.register_callback(self.TOOL, events.INSTRUCTION, self._on_instruction)
        _monitoring.register_callback(self.TOOL, events.PY_RETURN, self._on_return)
        _monitoring.set_events(self.TOOL, events.PY_START)

    def remove(self) -> None:
        _monitoring.set_events(self.TOOL, 0)
        _monitoring.free_tool_id(self.TOOL)

    def look_again(self) -> None:
        _monitoring.restart_events()  # a function that was none of theirs reports its start again

    def watch_returns(self, wanted: bool) -> None:
        events = _monitoring.events
        _monitoring.set_events(self.TOOL, events.PY_START | (events.PY_RETURN * wanted))
        if wanted:
            _monitoring.restart_events()  # starts with DISABLE before report again

    def _on_start(self, code: CodeType, offset: int) -> object:
        frame = sys._getframe(1)
        if self.files.have(frame):
            _monitoring.set_local_events(self.TOOL, code, _monitoring.events.INSTRUCTION)
        elif self.watch_calls:
            if frame.f_back and frame.f_back.f_code.co_filename in self.files:
                self.watch_calls(frame, "call", None)
            return None
        return _monitoring.DISABLE

    def _on_return(self, code: CodeType, offset: int, value: object) -> None:
        if not self.watch_calls:
            return
        frame = sys._getframe(1)
        if code.co_filename in self.files:
            self.watch_calls(frame, "leave", None)
        elif frame.f_back and frame.f_back.f_code.co_filename in self.files:
            self.watch_calls(frame, "return", value)

    def _on_instruction(self, code: CodeType, offset: int) -> object:
        gate = self.gates(code).get(offset)
        if gate is None:
            return _monitoring.DISABLE
        self.on_gate(sys._getframe(1), offset, gate)
        return None


_TAKES_THE_TRACE = {"sys.settrace", "sys.monitoring.register_callback"}
_MAY_TAKE_IT = {__file__, threading.__file__}  # a thread that starts is given ours by threading.py


def keep() -> None:
    """Let no code remove the trace function: a debugger in the app would hide its steps from us.

    Code that tries gets a RuntimeError. For the life of this process: an audit hook cannot be removed.
    """

    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        if event in _TAKES_THE_TRACE and sys._getframe(1).f_code.co_filename not in _MAY_TAKE_IT:
            raise RuntimeError("this app is stepped at the moment: it cannot be traced by others")

    sys.addaudithook(refuse)


def tracer(files: Files, on_gate: OnGate) -> Tracer:
    """The back end for this Python."""
    return (MonitoringTracer if sys.version_info >= (3, 12) else SettraceTracer)(files, on_gate)


_SAMPLE = """
def sample(store):
    store["n"] = store.get("n", 0) + 1
    return store["n"] in store
"""
_GATES_IN_SAMPLE = 4  # a call, a store, a load, an `in` test


def self_test(folder: str = "/workerlab-self-test") -> tuple[bool, str]:
    """Count the gates of a sample function on its first and second call.

    A Python whose instructions are not known is refused by its name. Returns whether all were
    seen, and a sentence for the reader. Must be called where no other tracer is installed.
    """
    if reason := unknown_python():
        return False, reason
    seen: list[int] = []
    trace = tracer(Files(folder), lambda frame, offset, gate: seen.append(offset))
    space: dict[str, FunctionType] = {}
    exec(compile(_SAMPLE, f"{folder}/sample.py", "exec"), space)  # noqa: S102 (our own text)
    trace.install()
    trace.begin()
    try:
        space["sample"]({})
        first = len(seen)
        space["sample"]({})
    finally:
        trace.remove()
    second = len(seen) - first
    if first == second == _GATES_IN_SAMPLE:
        return True, f"tracing works: {first} gates of {_GATES_IN_SAMPLE}, twice"
    wanted = _GATES_IN_SAMPLE
    return False, f"tracing is broken here: {first} then {second} gates of {wanted}"
