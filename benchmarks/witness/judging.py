"""Compares each label of a run with what the witness saw before and after its step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from witness import files, on_postgres
from witness.bare_values import NOTHING, is_among, literal, place_of, under
from witness.snapshots import Held
from witness.store_labels import set_and_gone, true_read, true_write

TRUE, WRONG, NOT_JUDGED = "true", "wrong", "not judged"
Verdict = tuple[str, str]  # one of these, and how or why
Row = dict[str, Any]
ROWS = re.compile(r"(?:no row|\d+ rows?)(?:, (?:no row|\d+ rows?))*")
TEXTS = re.compile(r"\"([^\"]+)\"|'([^']+)'")  # in a line of code
SELECTS = re.compile(r"[\"'](SELECT [^\"'?]*)[\"']", re.IGNORECASE)  # without parameters
ATTRIBUTE = re.compile(r"\w+\.\w+ = ")  # of an object that is in no module of the app, perhaps
STORES = re.compile(r"(\w+)(?:: \w+)? = ")  # a gate at a plain name is at one of the module
LOADS = re.compile(r"\w+ = (\w+)\s*(?:#|$)")
EXISTS = re.compile(r"\b(\w+)\.(?:exists|is_file)\(\)")
NOTHING_MUCH = (None, [], (), {}, "", b"", False, True)  # also 0 and 1, which are nearly everywhere
FAILED = "nothing done: a watched key has changed"


def judgements(program: Any, trace: Any, seen: list[Held]) -> Iterator[Row]:
    """One row for each label of each step of this run."""
    from workerlab.stepping.searching.evidence import steps_by_choice

    run = Run(program, trace, seen, steps_by_choice(program, trace))
    for index, rows in enumerate(run.steps):
        for row in rows:
            for side in ("read", "wrote"):
                if row.get(side) is not None:
                    verdict, how = run.judge(index, row, side)
                    yield {
                        "task": row["task"], "line": row["line"], "source": row["source"],
                        "kind": row["kind"], "side": side, "label": row[side], "index": index,
                        "verdict": verdict, "how": how,
                    }  # fmt: skip


class Run:
    """A run and its snapshots: seen[i] is what was held before choice i."""

    def __init__(self, program: Any, trace: Any, seen: list[Held], steps: list[list[Row]]) -> None:
        self.trace, self.seen, self.steps = trace, seen, steps
        requests = (*program.requests, *program.before, *program.after)
        self.said = " ".join(f"{one.path} {one.body}" for one in requests)

    def judge(self, index: int, row: Row, side: str) -> Verdict:
        end = self._end(index, row["task"])
        window = self.seen[index : end + 1]
        if len(window) < 2:
            return NOT_JUDGED, "the run was let go before the step had ended"
        label: str = row[side]
        if ROWS.fullmatch(label):
            return self._rows(index, end, row, _count(label))
        value = literal(label)
        if value is NOTHING:
            return self._in_store(window, row, side)
        if (known := self._variable(index, row, side, window, value)) is not None:
            return known
        if side == "read":
            return self._bare_read(index, row, window, value)
        return self._bare_written(index, row, window, value)

    def _end(self, index: int, task: str) -> int:
        """The choice before which this step has ended: the next one, unless the task waits."""
        decisions = self.trace.decisions
        end = index + 1
        while end < len(decisions) and task in decisions[end].blocked:
            end += 1
        return end

    def _alone(self, index: int, window: list[Held]) -> bool:
        """Whether nothing else than this step happened between its two snapshots."""
        return len(window) == 2 and len(self.steps[index]) < 2

    # -- what a store has replied ---------------------------------------------------------------

    def _in_store(self, window: list[Held], row: Row, side: str) -> Verdict:
        label, pairs = row[side], [*pairwise(window), (window[0], window[-1])]
        kinds = [kind for kind in ("redis", "memcached") if kind in window[0].kinds]
        if any(kind not in held.kinds for kind in kinds for held in window):
            return NOT_JUDGED, "a store did not answer the witness"
        for kind in kinds:
            for one, other in pairs:
                before, after = getattr(one, kind), getattr(other, kind)
                if label == FAILED or label.endswith(" has changed"):
                    is_true = before == after
                elif side == "read":
                    is_true = true_read(label, before)
                else:
                    is_true = true_write(label, before, after)
                if is_true:
                    return TRUE, kind
            if side == "read" and any(true_read(label, getattr(one, kind)) for one in window[1:]):
                # It has written that itself, or a task that nobody holds has meanwhile.
                return TRUE, f"{kind}, as it was after the step"
            ends = [getattr(held, kind) for held in (window[0], window[-1])]
            if side == "wrote" and set_and_gone(label, *ends):
                return NOT_JUDGED, "a key that was gone when the witness looked: its time was over"
        return (WRONG, " or ".join(kinds)) if kinds else (NOT_JUDGED, "no such store was seen")

    # -- rows of a table ------------------------------------------------------------------------

    def _rows(self, index: int, end: int, row: Row, count: int) -> Verdict:
        before, after = self.seen[index], self.seen[end]
        if before.postgres and after.postgres:
            changed = on_postgres.rows_changed(before.postgres, after.postgres)
            return (TRUE if changed == count else WRONG), "postgres, versions of rows"
        if not before.kinds & {"sqlite"} and not after.kinds & {"sqlite"}:
            return NOT_JUDGED, "no such store was seen"
        changed = files.rows_changed(before.tables, after.tables)
        if changed[-1] == count == 0:
            return self._no_row(index, end, row)
        if count in changed:
            return TRUE, "sqlite"
        if changed[0] > count and self._alone(index, self.seen[index : end + 1]):
            return WRONG, "sqlite"
        total = 0  # not committed yet, perhaps: then what all its statements have changed is seen
        for later in range(index, len(self.seen) - 1):
            total += self._rows_said(later, row["task"])
            if total in files.rows_changed(before.tables, self.seen[later + 1].tables):
                return TRUE, "sqlite, when it was committed"
        writes = files.writes_to(before.files)
        written = [one for one in self.seen[end:] if files.writes_to(one.files) != writes][:1]
        same = any(0 in files.rows_changed(before.tables, one.tables) for one in written)
        if same and sum(map(len, before.tables.values())) == count:
            return TRUE, "sqlite was written to: all its rows, with what they had"
        return NOT_JUDGED, "rows of SQLite were written with what they had, or put back"

    def _rows_said(self, index: int, task: str) -> int:
        """How many rows this task has changed with a choice, as its labels say."""
        said = [one.get("wrote") or "" for one in self.steps[index] if one["task"] == task]
        return sum(_count(one) for one in said if ROWS.fullmatch(one))

    def _no_row(self, index: int, end: int, row: Row) -> Verdict:
        """No row has changed; nor does one as the task goes on, of which no label speaks."""
        decisions, task = self.trace.decisions, row["task"]
        later = end
        while later < min(len(decisions), len(self.seen) - 1) and decisions[later].chosen == task:
            if any(ROWS.fullmatch(one.get("wrote") or "") for one in self.steps[later]):
                break
            later += 1
            if 0 not in files.rows_changed(self.seen[index].tables, self.seen[later].tables):
                return WRONG, "sqlite: a row changed when the statement ended"
        return TRUE, "sqlite"

    # -- what the source shows --------------------------------------------------------------------

    def _variable(
        self, index: int, row: Row, side: str, window: list[Held], value: Any
    ) -> Verdict | None:
        """Whether a variable of a module has this value; None where the line names none."""
        name = (STORES if side == "wrote" else LOADS).match(row["source"])
        moments = window[1:] if side == "wrote" else window[:1]
        if name is None or row["kind"] not in ("write", "read"):
            return None
        if not self._alone(index, window):
            moments = window
        modules = [one for held in moments for one in held.memory.get(row["worker"], {}).values()]
        values = [one[name[1]] for one in modules if isinstance(one, dict) and name[1] in one]
        if not values:
            return None
        if any(is_among(value, [one]) for one in values):
            return TRUE, "its variable in the worker's memory"
        if not self._alone(index, window):
            return NOT_JUDGED, "several steps without a moment in between"
        return WRONG, "its variable in the worker's memory"

    def _bare_read(self, index: int, row: Row, window: list[Held], value: Any) -> Verdict:
        names = {one or other for one, other in TEXTS.findall(row["source"])}
        held = under(names, window[0])
        if is_among(value, held):
            return TRUE, "held by the name in the line"
        if (known := self._exists(row, window[0], value)) is not None:
            return known
        if "environ" in row["source"] and value in window[0].settings.values():
            return TRUE, "a setting of the app"
        if (selected := self._selected(index, row, value)) is not None:
            return selected
        if place := place_of(value, window[0]):
            return TRUE, f"{place} held it"
        for held in window[1:]:
            if place := place_of(value, held):
                return TRUE, f"{place} held it after the step"  # its own write gave it back, say
        if isinstance(value, str | int) and value not in NOTHING_MUCH and str(value) in self.said:
            return TRUE, "the request said it"
        if value in NOTHING_MUCH:
            return NOT_JUDGED, "nothing, which no store holds"
        return WRONG, "no store held it"

    def _exists(self, row: Row, held: Held, value: Any) -> Verdict | None:
        """Whether a file is there, if a variable of the app's names it; None for another line."""
        asked = EXISTS.search(row["source"])
        if asked is None or not isinstance(value, bool):
            return None
        modules = held.memory.get(row["worker"], {}).values()
        paths = [one.get(asked[1]) for one in modules if isinstance(one, dict)]
        names = [f"/{path.rpartition('/')[2]}" for path in paths if isinstance(path, str)]
        if not names:
            return None
        there = any(path.endswith(names[0]) for path in held.files)
        return (TRUE if there == value else WRONG), "the file that the line names"

    def _selected(self, index: int, row: Row, value: Any) -> Verdict | None:
        """Whether the query in the line gives this value; None where that is not certain.

        SQLite finds the first row when the query is executed, which is a step before it is fetched.
        """
        here = (row["task"], row["line"])
        moments = [
            at for at in range(index) if here in [(r["task"], r["line"]) for r in self.steps[at]]
        ]
        found = []
        for query in SELECTS.findall(row["source"]):
            for at in (index, *reversed(moments)):
                for rows in files.selected(self.seen[at].files, query):
                    found += [rows, rows[0] if rows else None, *(one[0] for one in rows[:1])]
        if any(value == one for one in found):
            return TRUE, "the line's own SELECT gives it"
        in_transaction = any(
            path.endswith(("-journal", "-wal")) and data
            for path, data in self.seen[index].files.items()
        )
        if found and not in_transaction:
            return WRONG, "the line's own SELECT gives something else"
        return None  # what it has written itself is seen by nobody else

    def _bare_written(self, index: int, row: Row, window: list[Held], value: Any) -> Verdict:
        for held in window[1:]:
            if place := place_of(value, held):
                return TRUE, f"{place} held it"
        for held in self.seen[index + len(window) :]:
            if place := place_of(value, held):
                return WRONG, f"{place} held it only later"
        if value in NOTHING_MUCH:
            return NOT_JUDGED, "nothing, which no store holds"
        if ATTRIBUTE.match(row["source"]):
            return NOT_JUDGED, "an attribute of an object that only its request has"
        return WRONG, "no store held it"


def _count(label: str | None) -> int:
    return sum(0 if one == "no row" else int(one.split()[0]) for one in (label or "").split(", "))
