"""The burst as SVG: a lane for each worker, time to the right, a bar for each request."""

from __future__ import annotations

from workerlab.draw.svg import BOLD, CELL, SIGN, Sheet, title
from workerlab.draw.timeline import Bar, Lane, Timeline, request_in_words, ticks, timeline_of
from workerlab.draw.timeline_text import timeline_text
from workerlab.draw.words import cells, clean, counted, shorten
from workerlab.history import History

_WIDTH = 840
_LEFT, _RIGHT = 140, 24  # where time begins, and what is free behind its end
_TOP = 76
_LEAST = 4.0  # pixels of the shortest bar
_HUES = 3
_MOST = 600


def timeline_svg(history: History, misfit: object = None) -> str:
    """Draw the burst; returns a whole SVG file.

    `misfit` (an Event, an Operation, or what `linearizability.check` returned) is outlined
    and says why it does not fit. Rest the pointer on a bar to read its request.
    """
    room = _WIDTH - _LEFT - _RIGHT

    def extent(bar: Bar, seconds: float) -> float:
        return (_LEAST + 2) / room * seconds

    picture = timeline_of(history, misfit, most=_MOST, extent=extent)
    sheet = Sheet([tuple(vars(event).items()) for event in history] + [misfit])
    scale = room / picture.seconds
    sheet.text(24, 34, _heading(history), "head ink")
    if not picture.lanes:
        return sheet.svg(_WIDTH, 60, "no requests", "no requests")
    height = 20 if picture.drawn <= 80 else 14
    y = _TOP
    _ruler(sheet, picture, scale, y + sum(_lane_height(lane, height) for lane in picture.lanes))
    for place, lane in enumerate(picture.lanes):
        _lane(sheet, lane, picture, scale, y, height, place)
        y += _lane_height(lane, height)
    bottom = _legend(sheet, picture, y + 12)
    words = picture.complaint or _heading(history)
    return sheet.svg(_WIDTH, bottom, words, timeline_text(history, 140, misfit))


def _heading(history: History) -> str:
    clients = counted(len({event.client for event in history}), "client")
    unknown = len(history.unknown)
    text = f"{counted(len(history), 'request')} from {clients}"
    return f"{text}, {unknown} never answered" if unknown else text


def _lane_height(lane: Lane, track: int) -> float:
    own = max(lane.tracks * track + 16, 48)
    return own + 30 * any(bar.misfit for bar in lane.bars) + 14 * bool(lane.hidden)


def _ruler(sheet: Sheet, picture: Timeline, scale: float, bottom: float) -> None:
    moments, unit, per_second = ticks(picture.seconds)
    for moment in moments:
        x = _LEFT + moment * scale
        sheet.path(f"M{x:.1f} {_TOP - 6}V{bottom:g}", "edge", stroke_width=1)
        label = f"{moment * per_second:g} {unit}"
        sheet.text(x, _TOP - 12, label, "tiny soft", text_anchor="middle")


def _lane(
    sheet: Sheet, lane: Lane, picture: Timeline, scale: float, y: float, track: int, place: int
) -> None:
    height = _lane_height(lane, track)
    if place % 2 == 0:
        sheet.rect(12, y, _WIDTH - 24, height, "soft", 4, opacity=0.08)
    sheet.text(24, y + 22, lane.title, "bold ink")
    sheet.text(24, y + 39, counted(lane.requests, "request"), "tiny soft")
    for bar in lane.bars:
        _bar(sheet, bar, picture, scale, y + 8 + bar.track * track, track - 4)
    if lane.hidden:
        sheet.text(_LEFT, y + height - 6, f"… and {lane.hidden} more", "tiny soft")
    for bar in lane.bars:
        if bar.misfit:
            top = y + 8 + bar.track * track
            _complaint(sheet, bar, picture, scale, top, track - 4, y + height - 28)


def _bar(sheet: Sheet, bar: Bar, picture: Timeline, scale: float, y: float, height: int) -> None:
    hue = bar.kind % _HUES
    x = _LEFT + bar.start * scale
    tip = request_in_words(bar.event) + f", client {bar.event.client}"
    if bar.end is None:
        _open_bar(sheet, x, y, _LEFT + picture.seconds * scale, height, hue, tip)
        return
    width = max((bar.end - bar.start) * scale, _LEAST)
    cap = min(6.0, width)
    sheet.rect(x, y, width, height, f"hue{hue}", 2, title(tip), opacity=0.28)
    sheet.hatched(x, y, cap, height, hue, 2, tip)
    edge = f"line{hue}" if bar.event.ok and not bar.twin else "alarmline"
    sheet.rect(x, y, width, height, edge, 2, fill="none", stroke_width=2.5 if bar.twin else 1)
    if width >= cap + cells(bar.label) * CELL and height > 8:
        style = "ink" if bar.event.ok else "alarm"
        size = "font-size:11px" if height >= 14 else "font-size:9.5px"
        sheet.text(x + cap + 3, y + height - 3.5, bar.label, f"code {style}", style=size)


def _open_bar(sheet: Sheet, x, y, end: float, height: int, hue: int, tip: str) -> None:
    """No answer: the bar has no end, only a direction."""
    d = f"M{end:.1f} {y:g}H{x:.1f}v{height}H{end:.1f}"
    sheet.rect(x, y, end - x, height, f"hue{hue}", 0, title(tip), opacity=0.12)
    sheet.path(d, f"line{hue}", stroke_dasharray="4 3")
    sheet.path(f"M{end + 2:.1f} {y:g}l8 {height / 2:g}l-8 {height / 2:g}", f"line{hue}")
    sheet.text(x + 6, y + height - 3.5, "?", "code ink", style="font-size:11px")


def _complaint(
    sheet: Sheet, bar: Bar, picture: Timeline, scale: float, y: float, height: int, below: float
) -> None:
    """Outline the misfit, and say under its lane why it does not fit."""
    x = _LEFT + bar.start * scale
    end = picture.seconds if bar.end is None else bar.end
    width = max((end - bar.start) * scale, _LEAST)
    sheet.rect(x - 2, y - 2, width + 4, height + 4, "alarmline", 3, fill="none", stroke_width=3)
    words = shorten(picture.complaint, int((_WIDTH - 80) / BOLD))
    size = cells(words) * BOLD + 20
    left = max(16.0, min(x, _WIDTH - 20 - size))
    middle = max(left + 12, min(x + width / 2, left + size - 12))
    sheet.path(f"M{middle:.1f} {y + height + 2:g}V{below:g}", "alarmline", stroke_width=2)
    sheet.rect(left, below, size, 22, "paper alarmline", 11)
    sheet.text(left + size / 2, below + 15.5, words, "bold alarm", text_anchor="middle")


def _legend(sheet: Sheet, picture: Timeline, y: float) -> float:
    x = 24.0
    for number, (method, path) in enumerate(picture.kinds[:6]):
        words = shorten(f"{clean(method)} {clean(path)}", 34)
        if x + 40 + cells(words) * CELL > _WIDTH:
            x, y = 24.0, y + 22
        sheet.hatched(x, y, 14, 12, number % _HUES, 2)
        sheet.text(x + 20, y + 10.5, words, "code soft")
        x += 40 + cells(words) * CELL
    if any(bar.end is None for lane in picture.lanes for bar in lane.bars):
        sheet.rect(x, y, 14, 12, "inkline", 0, fill="none", stroke_dasharray="4 3")
        sheet.text(x + 20, y + 10.5, "? never answered", "code soft")
    if picture.note:
        x = max(24.0, _WIDTH - _RIGHT - cells(picture.note) * SIGN)
        sheet.text(x, y + 10.5, picture.note, "tiny soft")
    return y + 30
