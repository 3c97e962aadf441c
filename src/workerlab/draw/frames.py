"""A schedule as frames for the player: after each step, where every request is.

Built on the same picture as the text and the SVG, so that the three always say the same.

>>> frames = frames_of({"steps": [
...     {"worker": 1, "task": "A", "line": 9, "source": "n = r.get()", "read": "0"},
...     {"worker": 2, "task": "B", "line": 9, "source": "n = r.get()", "read": "0"}]})["frames"]
>>> [frame["states"] for frame in frames]
[['runs', 'not begun'], ['runs', 'runs']]
"""

from __future__ import annotations

from typing import Any

from workerlab.draw.schedule_layout import Column, Picture, Row, picture_of
from workerlab.evidence import Evidence

STATES = {"waits": "waits", "answer": "answered", "killed": "killed"}
BREAKS = "Here it breaks"
GONE = ("answered", "killed", "not begun")


def frames_of(evidence: Evidence) -> dict[str, Any]:
    """Everything that the player shows of a schedule, as JSON takes it.

    `lines` are the lines of code that some step shows, in the order of their files; each frame is
    one row of the picture, with what holds of every column after it: `states` (not begun, runs,
    waits, answered or killed), `places` (an index into `lines`), `hands` (the value read last and
    not yet written), `waits_for` (a column, where only one can be meant), and `last`, the value
    that was read or written last, with its column. `breaks` marks the response that fits no order;
    `breaks_after` is its place in `after` when it was asked for afterwards.
    """
    picture = picture_of(evidence)
    lines = _lines(picture)
    frames = _frames(picture, lines, evidence.get("breaks"))
    after = _place_after(evidence, picture)
    if after is not None and frames:
        message = f"afterwards, {picture.after[after]}"
        frames[-1]["say"] += f" {BREAKS}: {message}; no order of the requests fits this answer."
    return {
        "version": 1,
        "heading": picture.heading,
        "caption": picture.caption,
        "expected": picture.expected,
        "actual": picture.actual,
        "columns": [_column(column) for column in picture.columns],
        "lines": [{"file": file, "line": line, "text": text} for file, line, text in lines],
        "frames": frames,
        "after": picture.after,
        "breaks_after": after,
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "title": column.title,
        "subtitle": column.subtitle,
        "task": column.task,
        "worker": column.worker,
    }


Line = tuple[str, int, str]


def _lines(picture: Picture) -> list[Line]:
    return sorted({_line(row) for row in picture.rows if row.kind == "code" and row.line})


def _line(row: Row) -> Line:
    return row.file, row.line, row.text


def _frames(picture: Picture, lines: list[Line], culprit: str | None) -> list[dict[str, Any]]:
    count = len(picture.columns)
    states = ["not begun"] * count
    hands: list[str | None] = [None] * count
    places: list[int | None] = [None] * count
    last, shown, frames = None, False, []
    for row in picture.rows:
        if row.kind != "expired":  # it moves no request
            states[row.column] = STATES.get(row.kind, "runs")
            hands[row.column] = None if states[row.column] in GONE else row.in_hand
        line = lines.index(_line(row)) if _line(row) in lines else None
        places[row.column] = line if row.kind == "code" else places[row.column]
        if states[row.column] in GONE:
            places[row.column] = None
        last = _last(row) or last
        task = picture.columns[row.column].task
        breaks = row.kind == "answer" and task == culprit and not shown
        shown = shown or breaks
        waits_for = [_awaited(place, states) for place in range(count)]
        frames.append({
            "column": row.column,
            "kind": row.kind,
            "text": row.text,
            "line": line,
            "read": row.read,
            "wrote": row.wrote,
            "harm": row.harm,
            "preempted": row.preempted,
            "states": [*states],
            "hands": [*hands],
            "places": [*places],
            "waits_for": waits_for,
            "last": last,
            "breaks": breaks,
            "say": _sentence(picture, row, waits_for[row.column], breaks),
        })  # fmt: skip
    return frames


def _last(row: Row) -> dict[str, Any] | None:
    """The value of a row; that something was done (True), or not, is not one."""
    value = row.read if row.wrote is None else row.wrote
    if value in ("True", "False"):
        return None
    how = "read" if row.wrote is None else "written"
    return None if value is None else {"value": value, "how": how, "column": row.column}


def _awaited(place: int, states: list[str]) -> int | None:
    """The column that this one waits for; None if it does not wait, or if several are possible."""
    others = [other for other, state in enumerate(states) if state == "runs"]
    return others[0] if states[place] == "waits" and len(others) == 1 else None


def _sentence(picture: Picture, row: Row, waits_for: int | None, breaks: bool) -> str:
    """The step in words, for a screen reader."""
    column = picture.columns[row.column]
    name = f"{column.task or 'a request'} on {column.title}"
    match row.kind:
        case "answer":
            answered = f"{name} is answered {row.text}"
            fits = "; no order of the requests fits this answer"
            return f"{BREAKS}: {answered}{fits}." if breaks else f"{answered}."
        case "waits":
            awaited = (
                "" if waits_for is None else f"; only {picture.columns[waits_for].task} can go on"
            )
            return f"{name} {row.text}{awaited}."
        case "expired":
            return f"Meanwhile {row.text}, which {name} has set."
        case "killed":
            return f"{name}: the worker is {row.text}."
        case "file":
            return f"{name} goes on {row.text}."
    values = "" if row.read is None else f", reads {row.read}"
    values += "" if row.wrote is None else f", writes {row.wrote}"
    values += f" ({row.harm})" if row.harm else ""
    end = " and is preempted" if row.preempted else ""
    line = f"line {row.line}: " if row.line else ""
    return f"{name}, {line}{row.text}{values}{end}."


def _place_after(evidence: Evidence, picture: Picture) -> int | None:
    """The line, of the last requests, with the response that fits no order."""
    columns = {column.task for column in picture.columns}
    asked = evidence.get("requests") or []
    after = [request for request in asked if request.get("task") not in columns]
    for place, request in enumerate(after[: len(picture.after)]):
        worker = evidence.get("breaks_worker", request.get("worker"))
        if (request.get("task"), request.get("worker")) == (evidence.get("breaks"), worker):
            return place
    return None
