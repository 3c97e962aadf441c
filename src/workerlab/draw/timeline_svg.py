"""The burst as SVG: a lane for each worker, time to the right, a bar for each request.

Where an order was looked for, each request of the longest one has its number, at the moment at
which it takes effect, and a thread leads from each to the next.
"""

from __future__ import annotations

from workerlab.draw.svg import BOLD, CELL, SIGN, Sheet, title
from workerlab.draw.timeline_layout import Bar, Lane, Timeline, request_in_words, ticks, timeline_of
from workerlab.draw.timeline_order import Order
from workerlab.draw.timeline_text import timeline_text
from workerlab.draw.words import cells, clean, counted, shorten, wrap
from workerlab.history import History

_WIDTH = 840
_LEFT, _RIGHT = 140, 24  # where time begins, and the free space behind its end
_TOP = 76
_LEAST = 4.0  # pixels of the shortest bar
_HUES = 3
_MOST = 600
_MOST_BESIDE = 120  # where one of them is wrong
_MOST_ORDERED = 40  # requests, where each needs room for its number
_TRACK = 24  # pixels from bar to bar, there
_BESIDE = 6.8  # pixels that a sign of a response takes behind its bar
_NUMBERED = (
    "number: its place in that order, at a moment when it takes effect; behind a bar: its answer"
)


def timeline_svg(history: History, first_illegal: object = None) -> str:
    """Draw the burst; returns a whole SVG file.

    `first_illegal` (an Event, an Operation, or what `linearizability.check` returned) is outlined,
    hatched, and says why it does not fit. Rest the pointer on a bar to read its request.
    """
    drawing = _Drawing(history, first_illegal)
    return drawing.svg()


class _Drawing:
    """A sheet, the picture that it shows, and the scale."""

    def __init__(self, history: History, first_illegal: object) -> None:
        self.history, self.first_illegal = history, first_illegal
        self.room = _WIDTH - _LEFT - _RIGHT
        order, most, extent = Order.of(first_illegal), _MOST, self._least
        if order.first_illegal:
            most = _MOST_BESIDE
        if order.events:
            most, extent = _MOST_ORDERED, self._with_response
            self.room -= 36  # for the responses behind the last bars
        self.picture = timeline_of(history, first_illegal, most=most, extent=extent)
        self.scale = self.room / self.picture.seconds
        self.top = _TOP + 22 * bool(self.picture.ordered)
        crowded = self.picture.drawn > 80
        self.track = _TRACK if self.picture.ordered else 14 if crowded else 20
        self.sheet = Sheet([tuple(vars(event).items()) for event in history] + [first_illegal])
        self.marks: list[tuple[float, float, Bar]] = []  # where the moments are

    def _least(self, bar: Bar, seconds: float) -> float:
        return (_LEAST + 2) / self.room * seconds

    def _with_response(self, bar: Bar, seconds: float) -> float:
        width = max((bar.end or seconds) - bar.start, _LEAST / self.room * seconds)
        if bar.point is not None:
            width = max(width, bar.point - bar.start + _number_width(bar) / 2 / self.room * seconds)
        return width + (cells(bar.label) * _BESIDE + 10) / self.room * seconds

    def svg(self) -> str:
        sheet, picture = self.sheet, self.picture
        if not picture.lanes:
            sheet.text(24, 34, "no requests", "head ink")
            return sheet.svg(_WIDTH, 60, "no requests", "no requests")
        heading = f"{_heading(self.history)}: {picture.finding}".removesuffix(": ")
        sheet.text(24, 34, heading, "head ink")
        if picture.ordered:
            sheet.text(24, 56, _NUMBERED, "text soft")
        heights = [self._height(lane) for lane in picture.lanes]
        bottom = self.top + sum(heights)
        self._ruler(bottom)
        tops = [self.top + sum(heights[:place]) for place in range(len(heights))]
        for place, (lane, y) in enumerate(zip(picture.lanes, tops, strict=True)):
            self._lane(lane, y, heights[place], place)
        self._thread()
        for lane, y in zip(picture.lanes, tops, strict=True):
            for bar in lane.bars:
                if bar.first_illegal:
                    self._complaint(bar, y, y + self._height(lane))
        words = picture.complaint or heading
        text = timeline_text(self.history, 140, self.first_illegal)
        return sheet.svg(_WIDTH, self._legend(bottom + 12), words, text)

    def _height(self, lane: Lane) -> float:
        own = max(lane.tracks * self.track + 16, 48)
        said = any(bar.first_illegal for bar in lane.bars)
        return own + (14 + 18 * len(self._said())) * said + 14 * bool(lane.hidden)

    def _said(self) -> list[str]:
        words, most = self.picture.complaint, int((_WIDTH - 80) / BOLD)
        lines = 1 + len(words) // most
        return wrap(words, most if lines == 1 else min(most, len(words) // 2 + 12), 2)

    def _ruler(self, bottom: float) -> None:
        moments, unit, per_second = ticks(self.picture.seconds)
        for moment in moments:
            x = _LEFT + moment * self.scale
            self.sheet.path(f"M{x:.1f} {self.top - 6}V{bottom:g}", "edge", stroke_width=1)
            label = f"{moment * per_second:g} {unit}"
            self.sheet.text(x, self.top - 12, label, "tiny soft", text_anchor="middle")

    def _lane(self, lane: Lane, y: float, height: float, place: int) -> None:
        sheet = self.sheet
        if place % 2 == 0:
            sheet.rect(12, y, _WIDTH - 24, height, "soft", 4, opacity=0.08)
        sheet.text(24, y + 22, lane.title, "bold ink")
        sheet.text(24, y + 39, counted(lane.requests, "request"), "tiny soft")
        for bar in lane.bars:
            self._bar(bar, y + 8 + bar.track * self.track)
        if lane.hidden:
            sheet.text(_LEFT, y + height - 6, f"… and {lane.hidden} more", "tiny soft")

    def _bar(self, bar: Bar, y: float) -> None:
        sheet, height, hue = self.sheet, self.track - 4, bar.kind % _HUES
        x = _LEFT + bar.start * self.scale
        tip = _tip(bar, self.picture)
        if bar.point is not None:
            self.marks.append((_LEFT + bar.point * self.scale, y + height / 2, bar))
        if bar.end is None:
            self._open_bar(x, y, height, hue, tip)
            return
        width = max((bar.end - bar.start) * self.scale, _LEAST)
        cap = min(6.0, width)
        out = self.picture.ordered and not bar.number
        sheet.rect(x, y, width, height, f"hue{hue}", 2, title(tip), opacity=0.1 if out else 0.28)
        if bar.first_illegal:
            hatch = f"url(#{sheet.id}h3)"
            faint = "" if self.picture.ordered else 0.5  # there its label is on it
            sheet.rect(x, y, width, height, "", 2, fill=hatch, opacity=faint, pointer_events="none")
        sheet.hatched(x, y, cap, height, hue, 2, pointer_events="none")
        edge = f"line{hue}" if bar.event.ok and not bar.twin else "alarmline"
        dashes = "3 3" if out and not bar.first_illegal else ""
        thick = {"stroke_width": 2.5 if bar.twin else 1, "stroke_dasharray": dashes}
        sheet.rect(x, y, width, height, edge, 2, fill="none", **thick)
        self._label(bar, x, y, width, cap)

    def _label(self, bar: Bar, x: float, y: float, width: float, cap: float) -> None:
        """The response: behind the bar where an order has its numbers in it, else inside."""
        height = self.track - 4
        style = "ink" if bar.event.ok and not bar.first_illegal else "alarm"
        if self.picture.ordered:
            look = f"{'bold' if bar.first_illegal or bar.twin else 'text'} {style}"
            place, anchor = x + width + 4, ""
            if bar.point is not None:  # nor over its number, which may be wider than a short bar
                number = _LEFT + bar.point * self.scale + _number_width(bar) / 2
                place = max(place, number + 3)
            if place + cells(bar.label) * _BESIDE > _WIDTH - 14:  # no room behind: then inside
                place, anchor = x + width - 5, "end"
            more = {"style": "font-size:11.5px", "text_anchor": anchor}
            self.sheet.text(place, y + height - 6, bar.label, look, **more)
        elif width >= cap + cells(bar.label) * CELL and height > 8:
            size = "font-size:11px" if height >= 14 else "font-size:9.5px"
            self.sheet.text(x + cap + 3, y + height - 3.5, bar.label, f"code {style}", style=size)

    def _open_bar(self, x: float, y: float, height: int, hue: int, tip: str) -> None:
        """No response: the bar has no end, only a direction."""
        end = _LEFT + self.picture.seconds * self.scale
        d = f"M{end:.1f} {y:g}H{x:.1f}v{height}H{end:.1f}"
        self.sheet.rect(x, y, end - x, height, f"hue{hue}", 0, title(tip), opacity=0.12)
        self.sheet.path(d, f"line{hue}", stroke_dasharray="4 3")
        self.sheet.path(f"M{end + 2:.1f} {y:g}l8 {height / 2:g}l-8 {height / 2:g}", f"line{hue}")
        self.sheet.text(x + 6, y + height - 3.5, "?", "code ink", style="font-size:11px")

    def _thread(self) -> None:
        """The numbers at their moments, and the way from each to the next."""
        marks = sorted(self.marks, key=lambda mark: mark[2].number or 0)
        line = "L".join(f"{x:.1f} {y:.1f}" for x, y, _ in marks)
        if len(marks) > 1:
            self.sheet.path(f"M{line}", "inkline", opacity=0.3, pointer_events="none")
        for x, y, bar in marks:
            number = str(bar.number)
            wide = _number_width(bar)
            edge = "alarmline" if bar.twin else "inkline"
            through = {"pointer_events": "none"}  # to the bar, which has the words
            self.sheet.rect(x - wide / 2, y - 8, wide, 16, f"paper {edge}", 8, **through)
            more = {"text_anchor": "middle"} | through
            self.sheet.text(x, y + 3.8, number, "tiny ink", style="font-size:10.5px", **more)

    def _complaint(self, bar: Bar, top: float, bottom: float) -> None:
        """Outline the first illegal operation, and say under its lane why it does not fit."""
        sheet, height = self.sheet, self.track - 4
        y = top + 8 + bar.track * self.track
        x = _LEFT + bar.start * self.scale
        end = self.picture.seconds if bar.end is None else bar.end
        width = max((end - bar.start) * self.scale, _LEAST)
        sheet.rect(x - 2, y - 2, width + 4, height + 4, "alarmline", 3, fill="none", stroke_width=3)
        lines = self._said()
        tall = 4 + 18 * len(lines)
        below = bottom - tall - 6
        size = max(map(cells, lines)) * BOLD + 20
        left = max(16.0, min(x, _WIDTH - 20 - size))
        middle = max(left + 12, min(x + 12, left + size - 12))
        if self.picture.ordered and width > 24:
            sheet.rect(x + width / 2 - 10, y + 1, 20, height - 2, "paper alarmline", 8)
            sheet.text(x + width / 2, y + height - 5.5, "✗", "bold alarm", text_anchor="middle")
        sheet.path(f"M{middle:.1f} {y + height + 2:g}V{below:g}", "alarmline", stroke_width=2)
        sheet.rect(left, below, size, tall, "paper alarmline", 11)
        for number, line in enumerate(lines):
            place = below + 15.5 + 18 * number
            sheet.text(left + size / 2, place, line, "bold alarm", text_anchor="middle")

    def _legend(self, y: float) -> float:
        sheet, picture, x = self.sheet, self.picture, 24.0
        for number, (method, path) in enumerate(picture.kinds[:6]):
            words = shorten(f"{clean(method)} {clean(path)}", 34)
            if x + 40 + cells(words) * CELL > _WIDTH:
                x, y = 24.0, y + 22
            sheet.hatched(x, y, 14, 12, number % _HUES, 2)
            sheet.text(x + 20, y + 10.5, words, "code soft")
            x += 40 + cells(words) * CELL
        bars = [bar for lane in picture.lanes for bar in lane.bars]
        if any(bar.end is None for bar in bars):
            x, y = self._sign(x, y, "? never answered")
        if picture.ordered and any(not bar.number and not bar.first_illegal for bar in bars):
            x, y = self._sign(x, y, "not placed")
        if picture.note:
            size = cells(picture.note) * SIGN * 0.86
            y += 20 * (x > _WIDTH - _RIGHT - size)
            sheet.text(_WIDTH - _RIGHT, y + 10.5, picture.note, "tiny soft", text_anchor="end")
        return y + 30

    def _sign(self, x: float, y: float, words: str) -> tuple[float, float]:
        """A dashed box and what it stands for; returns where the next sign goes."""
        if x + 40 + cells(words) * CELL > _WIDTH:
            x, y = 24.0, y + 22
        self.sheet.rect(x, y, 14, 12, "inkline", 0, fill="none", stroke_dasharray="4 3")
        self.sheet.text(x + 20, y + 10.5, words, "code soft")
        return x + 40 + cells(words) * CELL, y


def _heading(history: History) -> str:
    clients = counted(len({event.client for event in history}), "client")
    unknown = len(history.unknown)
    text = f"{counted(len(history), 'request')} from {clients}"
    return f"{text}, {unknown} never answered" if unknown else text


def _number_width(bar: Bar) -> float:
    """Pixels of the sign with its number."""
    return 7 + 6.2 * len(str(bar.number))


def _tip(bar: Bar, picture: Timeline) -> str:
    """The request in words, and what the order says of it."""
    words = f"{request_in_words(bar.event)}, client {bar.event.client}"
    if bar.event.pid is not None:
        words += f", worker {bar.event.pid}"
    if bar.number:
        words += f"; number {bar.number} of the order"
    if bar.first_illegal:
        words += f"; fits no place in the order: {picture.complaint}"
    return words
