"""The values of one request's steps, which its worker reports while a loss is replayed to be shown.

A step begins at a gate and ends at the next one, so what it did is known only then. Steps have
numbers, in the order in which they are reported, and each value goes to the step that it is of:
several threads and coroutines of a request may be under way, so each knows its own step.

Where the commands to a store are seen, they alone say what a step did. Else its source does, where
that is certain (`from_source`).
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from contextvars import ContextVar
from types import FrameType
from typing import TYPE_CHECKING
from weakref import ref

from workerlab.stepping.worker import from_source, values
from workerlab.stepping.worker.replies import Effect, Tell, counted_rows

if TYPE_CHECKING:
    from dis import Positions
    from typing import Any

MOST, ROOM = 100, 4000  # values in one report, and characters of their texts

# Threads and coroutines inherit it, and then go on with steps of their own.
_STEP: ContextVar[from_source.Begun | None] = ContextVar("workerlab_step", default=None)


class StepValues:
    """What the steps of one request have read and written, until it is reported."""

    def __init__(self) -> None:
        self._number = -1
        self._found: list[tuple[int, str, str | None, str | None]] = []
        self._changes: list[tuple[int, ref[sqlite3.Connection], int]] = []

    def tell_of_this_step(self) -> Tell | None:
        """What is called with the effect of a command that is sent now; None outside of all steps."""
        step = _STEP.get()
        if step is None:
            return None
        number = step.number
        return lambda effect: self._note(number, "store", effect)

    def changes_rows(self, connection: sqlite3.Connection) -> None:
        """A statement of SQL begins, that may change rows of SQLite."""
        step = _STEP.get()
        if step is None:
            return
        known = [(number, where()) for number, where, _ in self._changes]
        if (step.number, connection) not in known:  # several statements of a step count together
            self._changes.append((step.number, ref(connection), connection.total_changes))

    def report(self, frame: FrameType, offset: int, kind: str, positions: Positions | None) -> str:
        """As JSON: what is known by now of the steps before; and a new step begins at this gate.

        "handed" is what a call is given last: nobody knows whether it is written, so it is not shown.
        """
        self._end(_STEP.get(), frame, offset)
        self._number += 1
        _STEP.set(from_source.begun(self._number, frame, offset, kind, positions))
        return json.dumps({
            "number": self._number,
            "wrote": from_source.written(frame, kind, positions),
            "handed": values.written(frame, kind, positions),
            "did": self._take(),
        })  # fmt: skip

    def pass_over(self) -> None:
        """A step begins that is not reported."""
        _STEP.set(None)

    def rest(self) -> str:
        """What is known of the steps before, now that all of them have ended."""
        self._count_rows()
        return json.dumps({"did": self._take()})

    def watch(self, frame: FrameType, event: str, value: object) -> None:
        """A function of a library is called by the student's code, or returns there.

        Or a function of the student's is left: what its last step was given, it has now.
        """
        step = _STEP.get()
        if event == "leave":
            self._end(step, frame, frame.f_lasti)
            return
        if step is None or frame.f_back is None or not step.is_at(frame.f_back):
            return
        if event == "return":
            if (read := from_source.returned(step, frame.f_code, value)) is not None:
                self._note(step.number, "source", Effect(read))
            if (wrote := from_source.passed_on(step, frame.f_code, value)) is not None:
                self._note(step.number, "source", Effect(None, wrote))
        elif (stored := from_source.stored(frame)) is not None:
            self._note(step.number, "source", Effect(None, stored))

    def _end(self, step: from_source.Begun | None, frame: FrameType, offset: int) -> None:
        self._count_rows()
        if step is not None and (read := from_source.assigned(step, frame, offset)) is not None:
            self._note(step.number, "source", Effect(read))

    def _count_rows(self) -> None:
        changes, self._changes = self._changes, []
        for number, where, before in changes:
            connection = where()
            with suppress(sqlite3.Error):  # it is closed by now: nobody knows
                if connection is not None:
                    count = connection.total_changes - before
                    self._note(number, "store", Effect(None, counted_rows(count)))

    def _note(self, number: int, how: str, effect: Effect) -> None:
        self._found.append((number, how, *effect))

    def _take(self) -> list[Any]:
        """What was found, without the texts for which one message has no room."""
        found, self._found = self._found[:MOST], []
        rows: list[Any] = []
        room = ROOM
        for number, how, read, wrote in found:
            room -= len(json.dumps([read, wrote]))
            rows.append([number, how, *((read, wrote) if room >= 0 else (None, None))])
        return rows
