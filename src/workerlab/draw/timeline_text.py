"""The burst as text: a lane for each worker, time to the right; below it the end of the order."""

from __future__ import annotations

from workerlab.draw.timeline_layout import Bar, Lane, Timeline, request_in_words, ticks, timeline_of
from workerlab.draw.timeline_order import Order
from workerlab.draw.words import cells, clean, counted, pad, shorten, wrap
from workerlab.history import History

_MOST = 64  # requests; a terminal has no room for more
_MOST_ORDERED = 28  # where each needs room for its number
_MOST_IN_WORDS = 8  # of the order, in words
_TRACKS = 12
_FILLS = "─═┄"
_SIDE = 16  # cells for the names of the lanes


def timeline_text(history: History, width: int = 100, first_illegal: object = None) -> str:
    """Draw the burst in at most `width` cells; `first_illegal` as for `timeline_svg`."""
    room = max(width - _SIDE - 2, 20)

    def extent(bar: Bar, seconds: float) -> float:
        return (cells(_drawn(bar, room, seconds)) + 1) * seconds / room

    most, tracks = _MOST, _TRACKS
    if Order.of(first_illegal).events:
        most = tracks = _MOST_ORDERED
    picture = timeline_of(history, first_illegal, most=most, most_tracks=tracks, extent=extent)
    if not picture.lanes:
        return "  no requests"
    lines = [_ruler(picture, room)]
    for lane in picture.lanes:
        lines += _lane(lane, picture, room)
    lines += [" " * _SIDE + line for line in _legend(picture, room)]
    lines += _order(picture, width)
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
        if bar.first_illegal:
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
    if bar.number:
        label = f"#{bar.number}→{label}"
    begin = round(bar.start / seconds * (room - 1))
    if bar.end is None:
        size = max(2, round((seconds - bar.start) / seconds * (room - 1)))
        line = label + "╌" * (size - 1 - cells(label))
        return f"├{_with_moment(line, bar, begin, room, seconds)}▷"
    size = 1 + round(bar.end / seconds * (room - 1)) - begin
    left, fill, right = "├", _FILLS[bar.kind % len(_FILLS)], "┤"
    if bar.first_illegal:
        left, fill, right, label = "┣", "━", "┫", f"✗{label}"
    if size < 2:
        return f"{'┃' if bar.first_illegal else '│'}{label}"
    inside = size - 2
    if cells(label) > inside:
        return left + _with_moment(fill * inside, bar, begin, room, seconds) + right + label
    line = label + fill * (inside - cells(label))
    return left + _with_moment(line, bar, begin, room, seconds) + right


def _with_moment(line: str, bar: Bar, begin: int, room: int, seconds: float) -> str:
    """A "●" where the request takes effect, unless its label is there."""
    if bar.point is None or not line:
        return line
    at = round(bar.point / seconds * (room - 1)) - begin - 1
    at = max(0, min(at, len(line) - 1))
    return line[:at] + "●" + line[at + 1 :] if line[at] in f"{_FILLS}╌" else line


def _legend(picture: Timeline, room: int) -> list[str]:
    signs = []
    for number, (method, path) in enumerate(picture.kinds[:6]):
        fill = _FILLS[number % len(_FILLS)]
        signs.append(f"├{fill}{fill}┤ {clean(method)} {shorten(clean(path), 30)}")
    if any(bar.end is None for lane in picture.lanes for bar in lane.bars):
        signs.append("├?╌▷ never answered")
    if picture.ordered:
        signs.append("#3→2 third in the order, answered 2")
        signs.append("● where it takes effect")
    if picture.note:
        signs.append(picture.note)
    return _flow(signs, room)


def _flow(signs: list[str], room: int) -> list[str]:
    """The signs in as few lines as they need."""
    lines: list[str] = []
    for sign in signs:
        joined = f"{lines[-1]}   {sign}" if lines else ""
        if joined and cells(joined) <= room:
            lines[-1] = joined
        else:
            lines.append(shorten(sign, room))
    return lines


def _order(picture: Timeline, width: int) -> list[str]:
    """The end of the order in words, request by request, and the one that does not fit."""
    placed = picture.in_order()
    bars = [bar for bar in placed[:-_MOST_IN_WORDS] if bar.twin] + placed[-_MOST_IN_WORDS:]
    illegal = [bar for lane in picture.lanes for bar in lane.bars if bar.first_illegal]
    if not picture.ordered or not illegal:
        return [f" {picture.finding}"] if picture.finding else []
    lines = ["", f" {picture.finding} requests; it ends with"]
    lines += [_row(f"#{bar.number}", bar, width) for bar in bars]
    return [*lines, *(_row("✗", bar, width) for bar in illegal)]


def _row(sign: str, bar: Bar, width: int) -> str:
    worker = "" if bar.event.pid is None else f" by worker {bar.event.pid}"
    return shorten(f"{sign:>6}  {request_in_words(bar.event)}{worker}", width)
