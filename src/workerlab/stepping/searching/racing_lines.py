"""The two lines of a losing schedule whose order decides: what one request had seen, and what another
did before it went on.

Which thing a line touches is seen only roughly (all of SQLite's is one file), so each two lines are
weighed, and the text of a line has a say: SELECT reads, commit writes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from workerlab.stepping.access import ALL, READ, WRITE, Access, conflict
from workerlab.stepping.controller.stop import Stop
from workerlab.stepping.controller.trace import Trace

MOST = 300  # moves that are weighed: the first ones of a long schedule
_READS = re.compile(
    r"select|get|read|load|fetch|first|scalar|exists|count|len\(|\bin\b", re.IGNORECASE
)
_WRITES = re.compile(
    r"commit|update|insert|delete|replace|write|dump|set|put|add|append|pop|remove|incr|save|flush"
    r"|unlink|[+-]=|\]\s*=[^=]",
    re.IGNORECASE,
)
_TABLE = re.compile(r"\b(?:from|into|update|join)\s+\W?(\w+)", re.IGNORECASE)
# A log is none of the two, whatever its message says.
_NEITHER = re.compile(
    r"connect|close|import|rollback|\bprint\("
    r"|\blog(?:ger|ging)?\.a?(?:debug|info|warn(?:ing)?|error|exception|critical)\("
)

Move = tuple[int, str, Stop]
"""The number of a choice, the task that it let go, and a line that this task then ran."""


def racing_lines(trace: Trace, names: Collection[str]) -> list[tuple[str, Stop]]:
    """Up to two lines, each with its task: the earlier one first.

    names   the tasks that ran at once
    """
    moves = [move for move in _moves(trace) if move[1] in names][:MOST]
    ends = {name: index for index, name, _ in moves}
    best, found = 0, [*{name: (name, stop) for _, name, stop in moves}.values()][:2]
    for at, name, stop in moves:
        for later, other, its_stop in moves:
            if later <= at or other == name:
                continue
            weight = _weight(trace, (at, name, stop), (later, other, its_stop))
            weight += 3 * (ends[name] > later)  # it goes on with what it had seen
            # Of equals, the nearest: the last look before the first change.
            if 100 * weight - (later - at) > best:
                best = 100 * weight - (later - at)
                found = [(name, stop), (other, its_stop)]
    return found


def _moves(trace: Trace) -> Iterator[Move]:
    for index, decision in enumerate(trace.decisions):
        if decision.stop is not None:
            yield index, decision.chosen, decision.stop
        for name, stop in trace.passed.get(index, ()):
            yield index, name, stop


def _weight(trace: Trace, earlier: Move, later: Move) -> int:
    """How likely it is that the earlier one looks at what the later one changes."""
    looked = {one for one in _seen(trace, earlier[0]) if one.mode == READ}
    changed = {one for one in _seen(trace, later[0]) if one.mode == WRITE}
    weight = 4 * conflict(looked, changed)
    weight += 2 * bool(_READS.search(earlier[2].source))
    weight += 2 * bool(later[2].details.get("handed") or _WRITES.search(later[2].source))
    one, other = ({*_TABLE.findall(move[2].source)} for move in (earlier, later))
    weight -= 4 * bool(one and other and not one & other)
    neither = sum(bool(_NEITHER.search(move[2].source)) for move in (earlier, later))
    return weight - 4 * neither


def _seen(trace: Trace, index: int) -> set[Access]:
    """What a move touched, as far as it was understood."""
    touched = trace.touched.get(index, ())
    return {one for one in touched if one.mode != ALL and one.place != "time"}
