"""The burst as text: a lane for each worker, time to the right."""

from __future__ import annotations

from workerlab.draw.timeline import Bar, Lane, Timeline, ticks, timeline_of
from workerlab.draw.words import cells, clean, counted, pad, shorten, wrap
from workerlab.history import History

_MOST = 64  # requests; a terminal has no room for more
_TRACKS = 12
_FILLS = "─═┄"
_SIDE = 16  # cells for the names of the lanes


def timeline_text(history: History, width: int = 100, misfit: object = None) -> str:
    """Draw the burst in at most `width` cells; `misfit` as for `timeline_svg`."""
    room = max(width - _SIDE - 2, 20)

    def extent(bar: Bar, seconds: float) -> float:
        return (cells(_drawn(bar, room, seconds)) + 1) * seconds / room

    picture = timeline_of(history, misfit, most=_MOST, most_tracks=_TRACKS, extent=extent)
    if not picture.lanes:
        return "  no requests"
    lines = [_ruler(picture, room)]
    for lane in picture.lanes:
        lines += _lane(lane, picture, room)
    lines += [" " * _SIDE + line for line in _legend(picture, room)]
    return "\n".join(line.rstrip() for line in lines)


def _ruler(picture: Timeline, room: int) -> str:
    line = ""
    moments, unit, per_second = ticks(picture.seconds)
    for moment in moments:
        mark = f"│{moment * per_second:g}" + (f" {unit}" if moment == 0 else "")
        at = round(moment / picture.seconds * (room - 1))
        if at >= len(line) and at + len(mark) <= room + 2:
            line = pad(line, at) + mark
    return " " * _SIDE + line


def _lane(lane: Lane, picture: Timeline, room: int) -> list[str]:
    tracks = ["" for _ in range(lane.tracks)]
    below = []
    for bar in sorted(lane.bars, key=lambda bar: bar.start):
        at = round(bar.start / picture.seconds * (room - 1))
        line = tracks[bar.track]
        tracks[bar.track] = pad(line, at) + _drawn(bar, room, picture.seconds)
        if bar.misfit:
            lines = wrap(picture.complaint, max(20, room))
            shift = min(at, max(0, room - max(map(cells, lines))))
            below = [" " * at + "▲", *(" " * shift + line for line in lines)]
    if lane.hidden:
        below.append(f"… and {lane.hidden} more")
    names = [lane.title, counted(lane.requests, "request")]
    count = max(len(tracks), 2)
    names += [""] * (count - 2)
    tracks += [""] * (count - len(tracks))
    lines = [f" {pad(n, _SIDE - 1)}{t}" for n, t in zip(names, tracks, strict=True)]
    return [*lines, *(" " * _SIDE + line for line in below)]


def _drawn(bar: Bar, room: int, seconds: float) -> str:
    """A bar as long as it lasted; its label inside if there is room, else behind it."""
    label = shorten(bar.label, 12)
    if bar.end is None:
        size = max(2, round((seconds - bar.start) / seconds * (room - 1)))
        return f"├?{'╌' * (size - 2)}▷"
    size = 1 + round(bar.end / seconds * (room - 1)) - round(bar.start / seconds * (room - 1))
    left, fill, right = "├", _FILLS[bar.kind % len(_FILLS)], "┤"
    if bar.misfit:
        left, fill, right = "┣", "━", "┫"
    if size < 2:
        return f"{'┃' if bar.misfit else '│'}{label}"
    inside = size - 2
    if cells(label) <= inside:
        return left + label + fill * (inside - cells(label)) + right
    return left + fill * inside + right + label


def _legend(picture: Timeline, room: int) -> list[str]:
    signs = []
    for number, (method, path) in enumerate(picture.kinds[:6]):
        fill = _FILLS[number % len(_FILLS)]
        signs.append(f"├{fill}{fill}┤ {clean(method)} {shorten(clean(path), 30)}")
    if any(bar.end is None for lane in picture.lanes for bar in lane.bars):
        signs.append("├?╌▷ never answered")
    if picture.note:
        signs.append(picture.note)
    return [shorten("   ".join(signs), room)]
