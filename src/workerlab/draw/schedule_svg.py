"""The schedule as SVG: a column for each request, time downward, the reader's own lines.

A thick line beside a column marks the request that moves; a thin broken line, a held one. An arrow
marks each preemption, with the value that the held worker has already read.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from workerlab.draw.schedule_layout import Picture, Row, next_column, picture_of
from workerlab.draw.schedule_text import schedule_text
from workerlab.draw.svg import BOLD, CELL, PAGE, SIGN, Sheet
from workerlab.draw.words import cells, in_past, shorten, wrap
from workerlab.evidence import Evidence

_MARGIN = 24
_GAP = 28
_NARROWEST, _WIDEST = 330, 560  # pixels of a column
_CODE = 62  # where the code begins, from the left of its column
_THREAD = 16  # where the life line is
_ROW = 30
_SECOND = 22  # more height when the values stand below the code
_MARK = 40  # height of a preemption
_TURN = 12  # height of a change of turns without one
_TOP = 116  # where the rows begin
_HUES = 3
_SIDE_BY_SIDE = 3  # columns; more of them overlap
_STEP = 132


def schedule_svg(evidence: Evidence) -> str:
    """Draw the schedule. Returns a whole SVG file that needs nothing from outside."""
    picture = picture_of(evidence)
    sheet = Sheet(picture)
    layout = _Layout.of(picture)
    _head(sheet, picture, layout)
    if picture.rows:
        _threads(sheet, picture, layout)
        for place, row in enumerate(picture.rows):
            _draw_row(sheet, row, layout, place)
            _draw_turn(sheet, picture.rows, layout, place)
    else:
        sheet.text(_MARGIN, 64, "no steps were recorded", "text soft")
    bottom = _outcome(sheet, picture, layout)
    heading = f"{picture.heading}: {picture.actual}" if picture.actual else picture.heading
    return sheet.svg(layout.width, bottom, heading, schedule_text(evidence, 160))


@dataclass
class _Layout:
    """Where everything is, in pixels."""

    column: float
    lefts: list[float]
    tops: list[float] = field(default_factory=list)  # of each row
    heights: list[float] = field(default_factory=list)
    end: float = 72.0
    head: float = 0.0  # width of the box above a column

    @property
    def width(self) -> float:
        return max(self.lefts[-1] + self.column + _MARGIN, 560.0)

    @classmethod
    def of(cls, picture: Picture) -> _Layout:
        count = max(1, len(picture.columns))
        column = _column(picture.rows, (PAGE - 2 * _MARGIN + _GAP) / count - _GAP)
        # No two rows share a height, so with many columns each may reach over the next ones.
        step = column + _GAP if count <= _SIDE_BY_SIDE else _STEP
        layout = cls(column, [_MARGIN + place * step for place in range(count)])
        layout.head = min(column, step - 12)
        y: float = _TOP
        for place, row in enumerate(picture.rows):
            below = _line_width(row) > column and bool(_chips(row))
            layout.tops.append(y)
            layout.heights.append(_ROW + _SECOND * below)
            turn = 0 if next_column(picture.rows, place) is None else _TURN
            y += layout.heights[-1] + (_MARK if row.preempted else turn)
        if picture.rows:
            layout.end = y + 18
        return layout


def _column(rows: list[Row], room: float) -> float:
    """How wide a column is. A row that is wider has its values below."""
    widest = max(map(_line_width, rows), default=0)
    if widest > room:
        widest = max(room, *(_line_width(row) - _chips_width(row) for row in rows))
    return min(max(widest, _NARROWEST), _WIDEST)


def _line_width(row: Row) -> float:
    if row.kind == "expired":
        return 0  # it is as wide as the drawing
    code = ("… " if row.continued else "") + row.text
    return _CODE + cells(code) * CELL + _chips_width(row) + 14


def _chips_width(row: Row) -> float:
    return sum(_chip_width(words) + 6 for words in _chips(row))


def _chips(row: Row) -> list[str]:
    chips = [] if row.read is None else [shorten(f"read {row.read}", 30)]
    chips += [] if row.wrote is None else [shorten(in_past(row.wrote), 30)]
    return [*chips, f"✗ {shorten(row.harm, 20)}"] if row.harm else chips


def _chip_width(words: str) -> float:
    return cells(words) * CELL + 16


def _head(sheet: Sheet, picture: Picture, layout: _Layout) -> None:
    sheet.text(_MARGIN, 34, picture.heading, "head ink")
    for place, column in enumerate(picture.columns):
        x, hue = layout.lefts[place], place % _HUES
        sheet.rect(x, 52, layout.head, 46, "paper edge", 6)
        sheet.hatched(x, 52, 10, 46, hue, 3)
        sheet.text(x + 22, 71, column.title, "bold ink")
        room = int((layout.head - 28) / CELL)
        sheet.text(x + 22, 89, shorten(column.subtitle, room), "code soft")


def _threads(sheet: Sheet, picture: Picture, layout: _Layout) -> None:
    """The life line of each column, which ends where its worker was killed; and time itself."""
    bottom = layout.end - 22
    sheet.path(f"M11 {_TOP}V{bottom:g}", "thread", marker_end=f"url(#{sheet.id}time)")
    sheet.text(8, _TOP - 7, "time", "tiny soft")
    for place, left in enumerate(layout.lefts):
        moves = [(i, row) for i, row in enumerate(picture.rows) if row.kind != "expired"]
        own = [i for i, row in moves if row.column == place]
        if not own:
            continue  # it has not begun
        killed = [i for i in own if picture.rows[i].kind == "killed"]
        last = killed[0] if killed else own[-1]
        end = layout.tops[last] + layout.heights[last] / 2
        x = left + _THREAD
        sheet.path(f"M{x:g} 98V{end:g}", "thread", stroke_width=1.5, stroke_dasharray="3 4")


def _draw_row(sheet: Sheet, row: Row, layout: _Layout, place: int) -> None:
    x, y, height = layout.lefts[row.column], layout.tops[place], layout.heights[place]
    hue = row.column % _HUES
    if row.kind == "expired":
        wide = layout.width - 2 * _MARGIN
        sheet.rect(_MARGIN, y + 2, wide, height - 4, "paper alarmline", 4)
        text = shorten(row.text, int((wide - 28) / BOLD))
        sheet.text(_MARGIN + wide / 2, y + 20, text, "bold alarm", text_anchor="middle")
        return
    if row.kind == "waits":
        sheet.rect(x, y + 2, layout.column, height - 4, "edge", fill=f"url(#{sheet.id}h3)")
        sheet.rect(x + _CODE - 8, y + 5, cells(row.text) * SIGN + 16, height - 10, "paper")
        sheet.text(x + _CODE, y + 20, shorten(row.text, 60), "text ink", font_style="italic")
        return
    if row.kind == "killed":
        _cross(sheet, x + _THREAD, y + height / 2)
        room = int((layout.column - _CODE + 22) / BOLD)
        sheet.text(x + _CODE - 22, y + 20, shorten(row.text, room), "bold alarm")
        return
    sheet.rect(x, y, layout.column, height, "paper", 0)  # over the life lines of other columns
    sheet.rect(x, y, layout.column, height, f"hue{hue}", 0, opacity=0.1)
    sheet.hatched(x + _THREAD - 4, y, 8, height, hue, 0)
    if row.kind == "answer":
        text = shorten(row.text, int((layout.column - _CODE - 52) / CELL))
        sheet.text(x + _CODE - 20, y + 20, "answers", "text soft")
        sheet.text(x + _CODE + 44, y + 20, text, "code ink", font_weight="bold")
        return
    if row.kind == "file":
        room = int((layout.column - _CODE) / SIGN)
        sheet.text(x + _CODE, y + 20, shorten(row.text, room), "tiny soft", font_style="italic")
        return
    _code(sheet, row, layout, x, y)


def _code(sheet: Sheet, row: Row, layout: _Layout, x: float, y: float) -> None:
    if row.line:
        sheet.text(x + _CODE - 10, y + 20, str(row.line), "code soft", text_anchor="end")
    text = ("… " if row.continued else "") + row.text
    chips = _chips(row)
    below = _line_width(row) > layout.column
    taken = 0 if below else sum(_chip_width(words) + 6 for words in chips)
    room = int((layout.column - _CODE - taken - 8) / CELL)
    sheet.text(x + _CODE, y + 20, shorten(text, room), "code ink")
    right = x + layout.column - 8
    for words in reversed(chips):
        width = _chip_width(words)
        harm = words.startswith("✗ ")
        written = not harm and not words.startswith("read ")
        top = y + 5 + _SECOND * below
        line = "alarmline" if harm else "inkline"
        sheet.rect(right - width, top, width, 20, "ink" if written else f"paper {line}", 10)
        style = "code alarm" if harm else "code paper" if written else "code ink"
        sheet.text(right - width / 2, top + 14.5, words, style, text_anchor="middle")
        right -= width + 6


def _cross(sheet: Sheet, x: float, y: float) -> None:
    d = f"M{x - 7:g} {y - 7:g}l14 14m0 -14l-14 14"
    sheet.path(d, "alarmline", stroke_width=4, stroke_linecap="round")


def _draw_turn(sheet: Sheet, rows: list[Row], layout: _Layout, place: int) -> None:
    """Lead the eye to the column that moves next: an arrow for a preemption, a thin line otherwise."""
    row, target = rows[place], next_column(rows, place)
    y = layout.tops[place] + layout.heights[place]
    x = layout.lefts[row.column] + _THREAD
    if not row.preempted:
        if target is not None:
            there = layout.lefts[target] + _THREAD
            d = f"M{x:g} {y:g}v{_TURN / 2:g}H{there:g}v{_TURN / 2:g}"
            sheet.path(d, "thread", stroke_width=1)
        return
    label = "preempted"
    if row.in_hand is not None:
        label += f" with {shorten(row.in_hand, 20)} in hand"
    # A short bar closes the line: here it was stopped, though it could have gone on.
    sheet.path(f"M{x - 9:g} {y + 1:g}h18", "alarmline", stroke_width=3)
    middle = y + _MARK / 2
    width = cells(label) * BOLD + 26
    left = x + 18
    if target is not None:
        there = layout.lefts[target] + _THREAD
        d = f"M{x:g} {y + 2:g}V{middle - 8:g}q0 8 {8 if there > x else -8:g} 8"
        d += f"H{there + (-8 if there > x else 8):g}q{8 if there > x else -8:g} 0 "
        d += f"{8 if there > x else -8:g} 8V{y + _MARK - 2:g}"
        sheet.path(d, "alarmline", stroke_width=2, marker_end=f"url(#{sheet.id}turn)")
        if there < x:
            left = there + 24
    sheet.rect(left, middle - 11, width, 22, "paper alarmline", 11)
    sheet.text(left + width / 2, middle + 4.5, label, "bold alarm", text_anchor="middle")


def _asked_after(sheet: Sheet, picture: Picture, layout: _Layout) -> float:
    """A row as wide as the drawing for each request that came when the others were done."""
    wide, y = layout.width - 2 * _MARGIN, layout.end
    for line in picture.after:
        sheet.rect(_MARGIN, y, wide, _ROW, "soft", 0, opacity=0.1)
        sheet.text(_MARGIN + 14, y + 20, "then", "text soft")
        room = int((wide - _CODE - 14) / CELL)
        sheet.text(_MARGIN + _CODE, y + 20, shorten(line, room), "code ink")
        y += _ROW
    return y + 12 if picture.after else y


def _outcome(sheet: Sheet, picture: Picture, layout: _Layout) -> float:
    """What was asked after, then expected beside actual; returns where the drawing ends."""
    y, half = _asked_after(sheet, picture, layout), (layout.width - 2 * _MARGIN - 16) / 2
    sides = [
        ("expected", picture.expected, "well", "edge"),
        ("actual", picture.actual, "alarm", "alarmline"),
    ]
    lines = {label: wrap(text, int((half - 28) / SIGN)) for label, text, *_ in sides if text}
    tallest = max(map(len, lines.values()), default=0)
    for place, (label, text, ink, edge) in enumerate(sides):
        if not text:
            continue
        x = _MARGIN + place * (half + 16)
        sheet.rect(x, y, half, 34 + 18 * tallest, f"paper {edge}", 6, stroke_width=1 + place)
        sheet.text(x + 14, y + 22, ("✓ ", "✗ ")[place] + label, f"bold {ink}")
        for number, line in enumerate(lines[label]):
            sheet.text(x + 14, y + 42 + 18 * number, line, "text ink")
    if lines:
        y += 34 + 18 * tallest + 8
    if picture.caption:
        sheet.text(_MARGIN, y + 14, picture.caption, "tiny soft")
        y += 16
    return y + 14
