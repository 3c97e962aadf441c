"""What a picture of the classes of a program shows: for each, the steps that meet and the responses.

>>> found = {"classes": 2, "orders": 20, "shown": [
...     {"meets": ["A writes redis count", "B writes redis count"], "loses": False, "requests": [
...         {"task": "A", "method": "POST", "path": "/increment", "status": 200, "output": {"count": 1}}]}]}
>>> lines = lines_of(found)
>>> lines[0].number, [str(turn) for turn in lines[0].turns], lines[0].outcome
(1, ['A writes redis count', 'B writes redis count'], ['A 1'])
"""

from __future__ import annotations

from dataclasses import dataclass

from workerlab.draw.words import brief, clean, counted
from workerlab.evidence import Classes, Evidence, RequestRow, ScheduleClass

LONGEST_TURN = 60
MOST_TURNS = 12  # of one class; the others are counted


@dataclass(frozen=True)
class Turn:
    """One step that meets another: its task, the place of that one, and what it does."""

    task: str
    place: int
    does: str

    def __str__(self) -> str:
        return f"{self.task} {self.does}".strip()


@dataclass(frozen=True)
class Line:
    """One class: its number from 1 on, the order of the steps that meet, what came of it."""

    number: int
    turns: list[Turn]
    outcome: list[str]
    loses: bool


def lines_of(found: Classes) -> list[Line]:
    """The classes that are shown. Nothing in them is required."""
    shown = found.get("shown") or []
    return [_line(number, each) for number, each in enumerate(shown, 1)]


def _line(number: int, each: ScheduleClass) -> Line:
    meets = each.get("meets") or []
    tasks = sorted({words.partition(" ")[0] for words in meets})
    turns = []
    for words in meets[:MOST_TURNS]:
        task, _, does = clean(words, LONGEST_TURN).partition(" ")
        turns.append(Turn(task, tasks.index(words.partition(" ")[0]), does))
    if left := len(meets) - len(turns):
        turns.append(Turn("…", 0, f"and {counted(left, 'step')} more"))
    outcome = [_outcome(request) for request in each.get("requests") or []]
    outcome += [counted(each["orders"], "order")] if "orders" in each else []
    return Line(number, turns, list(dict.fromkeys(outcome)), bool(each.get("loses")))


def _outcome(request: RequestRow) -> str:
    """A response in a few cells, with its task or, of the last requests, its path."""
    task, status = clean(request.get("task") or ""), request.get("status")
    name = task if len(task) == 1 else clean(request.get("path") or "", 40).strip("/")
    if status is None:
        return f"{name} no answer"
    body = brief(request.get("output"), 30)
    return f"{name} {body}" if 200 <= status < 300 else f"{name} {status} {body}"


def heading_of(found: Classes) -> str:
    """Such as: All 4 classes of the 924 orders, two workers: 2 lose."""
    number, orders = found.get("classes", 0), found.get("orders", 0)
    of = f" of the {orders:,} orders" if orders > 1 else " of orders"
    heading = f"The one class{of}" if number == 1 else f"All {number} classes{of}"
    heading += f", {clean(found['placement'])}" if found.get("placement") else ""
    lines = lines_of(found)
    losing = sum(line.loses for line in lines)
    if losing:
        lose = "loses" if losing == 1 else "lose"
        heading += (
            f": {losing} {f'of the {len(lines)} shown ' if len(lines) < number else ''}{lose}"
        )
    elif 0 < len(lines) < number:
        heading += f"; {len(lines)} shown here"
    return heading


def evidence_of(found: Classes, each: ScheduleClass) -> Evidence:
    """One class as the schedule that a picture or a player shows."""
    evidence: Evidence = {
        "schedule": each.get("schedule") or [],
        "steps": each.get("steps") or [],
        "requests": each.get("requests") or [],
    }
    for key in ("program", "before", "after", "model", "placement"):
        if key in found:
            evidence[key] = found[key]
    return evidence
