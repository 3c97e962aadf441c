"""The schedule as text: a column for each request, time downward."""

from __future__ import annotations

from collections.abc import Iterable

from workerlab.draw.schedule_layout import Picture, Row, next_column, picture_of
from workerlab.draw.words import cells, in_past, pad, shorten, wrap
from workerlab.evidence import Evidence

_NARROWEST = 34  # below this a column cannot show a line of code
_WIDEST = 72
_GAP = 2
_INDENT = 7  # of a value that stands below its code
_NOTHING = "no steps were recorded"


def schedule_text(evidence: Evidence, width: int = 100) -> str:
    """Draw the schedule in at most `width` cells.

    Side by side while the columns are wide enough; more requests go one under the other, each
    row with its request's name in front.
    """
    picture = picture_of(evidence)
    if not picture.rows:
        body = [f"  {_NOTHING}"]
    else:
        count = len(picture.columns)
        column = min(_WIDEST, (width - _GAP * count) // count)
        body = _side_by_side(picture, column) if column >= _NARROWEST else _stacked(picture, width)
    return "\n".join(line.rstrip() for line in [*body, *_outcome(picture, width)])


def _side_by_side(picture: Picture, column: int) -> list[str]:
    moves = [row for row in picture.rows if row.kind != "expired"]
    widest = max((cells(line) for row in moves for line in _code(row, 10_000)), default=0)
    column = max(_NARROWEST, min(column, widest + _GAP))
    starts = [_GAP + place * (column + _GAP) for place in range(len(picture.columns))]

    def across(texts: Iterable[str]) -> str:
        return " " * _GAP + (" " * _GAP).join(pad(shorten(t, column), column) for t in texts)

    lines = [across(c.title for c in picture.columns)]
    lines.append(across(c.subtitle for c in picture.columns))
    lines.append(across("─" * column for _ in picture.columns))
    wide = starts[-1] + column - _GAP
    for place, row in enumerate(picture.rows):
        if row.kind == "expired":
            lines.append(" " * _GAP + _band(row, wide))
            continue
        lines += [" " * starts[row.column] + line for line in _code(row, column)]
        if row.preempted:
            lines.append(_mark(row, next_column(picture.rows, place), starts))
    return lines


def _band(row: Row, width: int) -> str:
    """What no request does, as one line over all columns."""
    label = f"── {shorten(row.text, width - 6)} "
    return label + "─" * (width - cells(label))


def _code(row: Row, width: int) -> list[str]:
    """One row in lines of at most `width` cells; where the values find no room they go below."""
    if row.kind == "waits":
        label = f"░░ {shorten(row.text, width - 6)} "
        return [label + "░" * (min(width, _NARROWEST) - cells(label))]
    if row.kind == "killed":
        return [shorten(f"  ✗  {row.text}", width)]
    if row.kind == "answer":
        return [shorten(f"  ↩  {row.text}", width)]
    if row.kind == "file":
        return [shorten(f"  {row.text}", width)]
    values = _values(row, width - _INDENT)
    code = f"{row.line or '':>3}  " + ("… " if row.continued else "") + row.text
    if cells(code) + cells(values) <= width:
        return [code + values]
    below = [" " * (_INDENT - 2) + values] if values else []
    return [shorten(code, width), *below]


def _values(row: Row, most: int) -> str:
    read = "" if row.read is None else f"  → {row.read}"
    wrote = "" if row.wrote is None else f"  {in_past(row.wrote)}"
    harm = f"  ✗ {shorten(row.harm, 20)}" if row.harm else ""
    most -= cells(harm)
    share = most // 2 if read and wrote else most
    return shorten(read, share) + shorten(wrote, share) + harm


def _mark(row: Row, target: int | None, starts: list[int]) -> str:
    """The line under a preempted row, with an arrow to the column that moves next."""
    label = "preempted"
    if row.in_hand is not None:
        label += f" with {shorten(row.in_hand, 12)} in hand"
    start = starts[row.column]
    if target is None:
        return " " * start + f"  └─ {label}"
    if starts[target] < start:
        return " " * (start - 6) + f"◀────── {label}"
    line = " " * start + f"  └─ {label} "
    return line + "─" * (starts[target] - cells(line) - 1) + "▶"


def _stacked(picture: Picture, width: int) -> list[str]:
    names = [f"{c.task} {c.title}" for c in picture.columns]
    side = max(map(cells, names))
    lines = [f"  {pad(n, side)}  {c.request}" for n, c in zip(names, picture.columns, strict=True)]
    lines.append("  " + "─" * (min(width, 80) - 2))
    for place, row in enumerate(picture.rows):
        if row.kind == "expired":
            lines.append("  " + _band(row, max(30, min(width, 80) - 2)))
            continue
        first, *below = _code(row, max(20, width - side - 7))
        lines.append(f"  {pad(names[row.column], side)} │ {first}")
        lines += [f"  {' ' * side} │ {line}" for line in below]
        if row.preempted:
            target = next_column(picture.rows, place)
            goes_to = "" if target is None else f" ──▶ {names[target]}"
            lines.append(f"  {' ' * side} │ {_mark(row, None, [0] * (row.column + 1))}{goes_to}")
    return lines


def _outcome(picture: Picture, width: int) -> list[str]:
    lines = [f"  ── {shorten(line, width - 5)}" for line in picture.after]
    told = ("expected", picture.expected), ("actual", picture.actual), ("anomaly", picture.anomaly)
    for label, text in told:
        if text:
            first, *rest = wrap(text, width - 16)
            lines.append(f"  ── {label:<8}  {first}")
            lines += [f"{'':15}{line}" for line in rest]
    if picture.caption:
        lines.append(f"     {picture.caption}")
    return lines
