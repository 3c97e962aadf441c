"""Compares each label of a run with what the witness saw before and after its step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from witness import files, on_postgres
from witness.bare_values import NOTHING, is_among, literal, place_of, under
from witness.snapshots import Held
from witness.store_labels import true_read, true_write

TRUE, WRONG, NOT_JUDGED = "true", "wrong", "not judged"
Verdict = tuple[str, str]  # one of these, and how or why
Row = dict[str, Any]
ROWS = re.compile(r"(?:no row|\d+ rows?)(?:, (?:no row|\d+ rows?))*")
TEXTS = re.compile(r"\"([^\"]+)\"|'([^']+)'")  # in a line of code
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
        self.said = f"{program} {program.before} {program.after}"

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
            return self._in_store(window, label, side)
        if side == "read":
            return self._bare_read(index, row, window, value)
        return self._bare_written(index, window, value)

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

    def _in_store(self, window: list[Held], label: str, side: str) -> Verdict:
        pairs = [*zip(window, window[1:], strict=False), (window[0], window[-1])]
        kinds = [kind for kind in ("redis", "memcached") if kind in window[0].kinds]
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
        return (WRONG, " or ".join(kinds)) if kinds else (NOT_JUDGED, "no such store was seen")

    # -- rows of a table ------------------------------------------------------------------------

    def _rows(self, index: int, end: int, row: Row, count: int) -> Verdict:
        before, after = self.seen[index], self.seen[end]
        if before.postgres and after.postgres:
            changed = on_postgres.rows_changed(before.postgres, after.postgres)
            return (TRUE if changed == count else WRONG), "postgres, versions of rows"
        if not before.kinds & {"sqlite"} and not after.kinds & {"sqlite"}:
            return NOT_JUDGED, "no such store was seen"
        if files.rows_changed(before.tables, after.tables) == count:
            return TRUE, "sqlite"
        if files.rows_changed(before.tables, after.tables) > count and len(self.steps[index]) < 2:
            return WRONG, "sqlite"
        total = 0  # not committed yet, perhaps: then what all its statements have changed is seen
        for later in range(index, len(self.seen) - 1):
            total += sum(
                _count(one["wrote"]) for one in self.steps[later] if later < len(self.steps)
                and one["task"] == row["task"] and ROWS.fullmatch(one.get("wrote") or "")
            )  # fmt: skip
            if files.rows_changed(before.tables, self.seen[later + 1].tables) == total:
                return TRUE, "sqlite, when it was committed"
        return NOT_JUDGED, "rows of SQLite were written with what they had, or put back"

    # -- what the source shows --------------------------------------------------------------------

    def _bare_read(self, index: int, row: Row, window: list[Held], value: Any) -> Verdict:
        names = {one or other for one, other in TEXTS.findall(row["source"])}
        held = under(names, window[0])
        if is_among(value, held):
            return TRUE, "held by the name in the line"
        if place := place_of(value, window[0]):
            return TRUE, f"{place} held it"
        for held in window[1:]:
            if place := place_of(value, held):
                how = f"{place} held it after the step"
                return (WRONG if self._alone(index, window) else TRUE), how
        if isinstance(value, str | int) and str(value) in self.said:
            return TRUE, "the request said it"
        if value is None or value in ([], (), {}, "", b"", False, True, 0):
            return NOT_JUDGED, "nothing, which no store holds"
        return WRONG, "no store held it"

    def _bare_written(self, index: int, window: list[Held], value: Any) -> Verdict:
        for held in window[1:]:
            if place := place_of(value, held):
                return TRUE, f"{place} held it"
        for held in self.seen[index + len(window) :]:
            if place := place_of(value, held):
                return TRUE, f"{place} held it later"
        if value is None or value in ([], (), {}, "", b"", False, True):
            return NOT_JUDGED, "nothing, which no store holds"
        return WRONG, "no store held it"


def _count(label: str | None) -> int:
    return sum(0 if one == "no row" else int(one.split()[0]) for one in (label or "").split(", "))
