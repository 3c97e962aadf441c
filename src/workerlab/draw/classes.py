"""The classes of a program: as text, as SVG, and with a player that steps through each of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workerlab.draw.classes_layout import Line, evidence_of, heading_of, lines_of
from workerlab.draw.frames import frames_of
from workerlab.draw.player import Player
from workerlab.draw.svg import CELL, PAGE, Sheet
from workerlab.draw.words import cells, shorten, wrap
from workerlab.evidence import Classes

_MARGIN = 24
_NUMBER = 34  # where the turns begin, from the left margin
_CHIP = 24  # height
_ROW = 30
_HUES = 3


def classes_text(found: Classes, width: int = 100) -> str:
    """Each class on two lines: the order of the steps that meet, and what came of it."""
    lines = [f"  {heading_of(found)}"]
    for line in lines_of(found):
        order = " · ".join(map(str, line.turns)) or "no steps meet"
        first, *rest = wrap(order, width - 6)
        lines += [f"  {line.number:>2}  {first}", *(f"      {more}" for more in rest)]
        sign = "✗ " if line.loses else "→ "
        lines.append(f"      {sign}{shorten(', '.join(line.outcome), width - 8)}")
    return "\n".join(lines)


def classes_svg(found: Classes) -> str:
    """A row for each class: its steps that meet as chips from left to right, then the outcome."""
    sheet = Sheet(found)
    heading = heading_of(found)
    sheet.text(_MARGIN, 34, heading, "head ink")
    y = 56.0
    for line in lines_of(found):
        y = _class(sheet, line, y) + 14
    return sheet.svg(PAGE, y + 10, heading, classes_text(found, 160))


def _class(sheet: Sheet, line: Line, y: float) -> float:
    """Draw one class from `y` on; where it ends."""
    left = _MARGIN + _NUMBER
    sheet.text(_MARGIN, y + 17, str(line.number), "bold ink")
    x = float(left)
    for turn in line.turns:
        words = shorten(str(turn), 44)
        width = cells(words) * CELL + 22
        if x + width > PAGE - _MARGIN and x > left:
            x, y = float(left), y + _ROW
        sheet.rect(x, y, width, _CHIP, "paper edge", 5)
        sheet.hatched(x, y, 7, _CHIP, turn.place % _HUES, 2)
        sheet.text(x + 14, y + 16.5, words, "code ink")
        x += width + 8
    y += _ROW + 14
    words = ("loses: " if line.loses else "right: ") + ", ".join(line.outcome)
    room = int((PAGE - _MARGIN - left) / CELL)
    sheet.text(left, y, shorten(words, room), "code alarm" if line.loses else "code soft")
    return y


def class_data(found: Classes, place: int) -> dict[str, Any]:
    """What the player needs of one class."""
    line, each = lines_of(found)[place], found["shown"][place]
    data = frames_of(evidence_of(found, each))
    data["heading"] = (
        f"Class {line.number} of {found['classes']}, {data['heading'].partition(', ')[2]}"
    )
    return {
        "number": line.number,
        "order": " · ".join(map(str, line.turns)) or "no steps meet",
        "outcome": ", ".join(line.outcome),
        "loses": line.loses,
        "data": data,
    }


@dataclass(frozen=True)
class ClassesDrawing:
    """All classes: a picture, its twin in words, and a player for each class."""

    text: str
    svg: str
    player: Player | None  # where there are steps

    def save(self, path: str | Path) -> None:
        """Write the SVG to a file."""
        Path(path).write_text(self.svg, encoding="utf-8")

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        shown = {"text/plain": self.text, "image/svg+xml": self.svg}
        return shown | ({"text/html": self.player.html} if self.player else {})


def classes(found: Classes) -> ClassesDrawing:
    """Draw the classes of a verdict (`verdict.classes`)."""
    text, player = classes_text(found), None
    if any(each.get("steps") for each in found["shown"]):
        played = [class_data(found, place) for place in range(len(found["shown"]))]
        player = Player(text, {"heading": heading_of(found), "classes": played})
    return ClassesDrawing(text, classes_svg(found), player)
