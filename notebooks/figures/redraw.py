"""Redraw the pictures of the chapters from the recorded traces beside them.

    python notebooks/figures/redraw.py            write every SVG
    python notebooks/figures/redraw.py --check    write nothing; exit 1 if a file would change

The traces come from real runs: see record.py.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

HERE = Path(__file__).parent

# Okabe-Ito colours; position and label carry the meaning, the colour only repeats it.
STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #1f2328; }
  .page { fill: #ffffff; stroke: #c9d1d9; }
  .quiet { fill: #57606a; }
  .big { font-size: 20px; font-weight: 600; }
  .box { fill: #f6f8fa; stroke: #57606a; }
  .inner { fill: #ffffff; stroke: #0072b2; stroke-width: 2; }
  .line { fill: none; stroke: #57606a; }
  .flow { fill: none; stroke: #0072b2; opacity: 0.75; }
  .path { fill: none; stroke: #0072b2; stroke-width: 3; }
  .mark { fill: none; stroke: #b35900; stroke-width: 2; stroke-dasharray: 5 4; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .page { fill: #14181d; stroke: #3a424c; }
    .quiet { fill: #9da7b3; }
    .box { fill: #1c2128; stroke: #9da7b3; }
    .inner { fill: #0d1117; stroke: #56b4e9; }
    .line { stroke: #9da7b3; }
    .flow, .path { stroke: #56b4e9; }
    .mark { stroke: #e69f00; }
  }
"""


def svg(width: int, height: int, title: str, parts: list[str]) -> str:
    """One picture: it names itself to a screen reader and follows the reader's theme.

    It paints its own page, so that it can be read even where the theme around it disagrees.
    """
    page = f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" class="page"/>'
    body = "\n".join([page, *parts])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-labelledby="title">\n'
        f'<title id="title">{title}</title>\n<style>{STYLE}</style>\n{body}\n</svg>\n'
    )


def text(x: float, y: float, words: object, kind: str = "", anchor: str = "middle") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" class="{kind}">{words}</text>'


def box(x: float, y: float, width: float, height: float, kind: str = "box") -> str:
    size = f'width="{width:g}" height="{height:g}"'
    return f'<rect x="{x:g}" y="{y:g}" {size} rx="6" class="{kind}"/>'


def curve(x1: float, y1: float, x2: float, y2: float, kind: str, width: float = 1) -> str:
    bend = (x1 + x2) / 2
    way = f"M{x1:g} {y1:g} C{bend:g} {y1:g} {bend:g} {y2:g} {x2:g} {y2:g}"
    return f'<path d="{way}" class="{kind}" stroke-width="{width:g}"/>'


def one_object_each(trace: Any) -> str:
    """`trace`: {worker's pid: its count}, after one burst."""
    step, parts = 150, [box(290, 12, 180, 34), text(380, 34, "meta_object.py")]
    for place, (pid, count) in enumerate(trace.items()):
        middle = 80 + step * place
        parts.append(f'<path d="M380 46 L{middle} 96" class="line"/>')
        parts += [box(middle - 68, 96, 136, 128), text(middle, 120, f"worker {pid}", "quiet")]
        parts += [box(middle - 52, 134, 104, 74, "inner"), text(middle, 158, "meta")]
        parts.append(text(middle, 190, count, "big"))
    parts.append(text(486, 34, "imported once in each worker", "quiet", "start"))
    total = " + ".join(map(str, trace.values()))
    parts.append(text(380, 252, f"{total} = {sum(trace.values())} increments", "quiet"))
    return svg(760, 268, "Five workers, five objects named meta, five counts", parts)


def accept_queue(trace: Any) -> str:
    """`trace`: {worker's pid: requests that it answered}, each over a new connection."""
    parts = [text(80, 60, "new connections", "quiet")]
    parts += [box(24 + 24 * n, 128, 18, 44) for n in range(5)]
    arrow = '<path d="M150 150 H198 M190 144 L198 150 L190 156" class="line"/>'
    parts += [arrow, text(80, 204, "accept queue", "quiet")]
    parts += [box(206, 112, 130, 76), text(271, 145, "one listening"), text(271, 165, "socket")]
    most = max(trace.values())
    for place, (pid, count) in enumerate(trace.items()):
        middle = 34 + 58 * place
        parts.append(curve(336, 150, 500, middle, "flow", max(1, 22 * count / most)))
        parts += [
            box(500, middle - 21, 236, 42),
            text(516, middle + 5, f"worker {pid}", "", "start"),
        ]
        parts.append(text(722, middle + 5, f"answered {count}", "", "end"))
    return svg(760, 300, "One queue of connections, five workers, an uneven spread", parts)


def older_value(trace: Any) -> str:
    """`trace`: {"counts": [before the crash], "snapshot": index, "after": [after the restart]}."""
    before, after, top = trace["counts"], trace["after"], max(trace["counts"])
    wide = 560 / (len(before) + len(after))

    def at(index: int, count: int) -> tuple[float, float]:
        return round(70 + wide * index, 1), round(230 - 180 * count / top, 1)

    def steps(points: list[tuple[float, float]]) -> str:
        way = f"M{points[0][0]:g} {points[0][1]:g}"
        way += "".join(f" H{x:g} V{y:g}" for _, (x, y) in pairwise(points))
        return f'<path d="{way} h{wide:g}" class="path"/>'

    (saved_x, saved_y), (end_x, _) = (
        at(trace["snapshot"], before[trace["snapshot"]]),
        at(len(before), 0),
    )
    parts = ['<path d="M70 30 V230 H720" class="line"/>', text(60, 235, 0, "quiet", "end")]
    parts += [steps([at(i, n) for i, n in enumerate(before)])]
    parts += [steps([at(len(before) + i, n) for i, n in enumerate(after)])]
    parts.append(f'<path d="M{saved_x:g} {saved_y:g} H{end_x:g}" class="mark"/>')
    parts.append(f'<path d="M{end_x:g} 30 V230" class="mark"/>')
    parts.append(
        text(saved_x - 6, saved_y - 8, f"snapshot at {before[trace['snapshot']]}", "", "end")
    )
    parts.append(text(end_x - 8, 38, f"SIGKILL at {before[-1]}", "", "end"))
    parts.append(text(end_x + 12, saved_y + 24, f"back at {after[0]}", "", "start"))
    parts += [text(395, 256, "time", "quiet"), text(60, 55, "count", "quiet", "end")]
    return svg(760, 268, "The count after the crash is the one of the last snapshot", parts)


def stampede(trace: Any) -> str:
    """`trace`: {app: [{"pid", "called", "returned", "computed"}, …] in order of worker}."""
    names = {"price": "look, compute, store", "stampede": "cached_stampede", "claim": "claim"}
    latest = max(request["returned"] for crowd in trace.values() for request in crowd)
    parts = []
    for place, (app, crowd) in enumerate(trace.items()):
        left, top = 24 + 246 * place, 60
        parts.append(text(left + 110, 34, names[app]))
        for number, request in enumerate(crowd):
            begin, end = (left + 220 * request[name] / latest for name in ("called", "returned"))
            top += 6 if number and crowd[number - 1]["pid"] != request["pid"] else 0
            kind = "mark" if request["computed"] else "box"
            parts.append(box(round(begin, 1), top, round(end - begin, 1), 9, kind))
            top += 14
        times = sum(request["computed"] for request in crowd)
        words = f"computed {times} times" if times > 1 else "computed once"
        parts.append(text(left + 110, 264, words, "big"))
    legend = "one bar a request; dashed: it computed the price itself; a gap: another worker"
    parts.append(text(380, 290, legend, "quiet"))
    return svg(760, 306, "One crowd, three caches: how often the price was computed", parts)


def crash_points(trace: Any) -> str:
    """`trace`: {app: [{"where": where its worker was killed, "left": what the others found}]}."""
    titles = {
        "theatre_fields": "a key for each field",
        "theatre_constraint": "one row, in one statement",
    }
    rows = {
        titles[app]: [
            (point["where"], point["left"], point["left"] == "a half") for point in points
        ]
        for app, points in trace.items()
    }
    title = "One booking, killed before each of its steps: what is left"
    return _killed(title, "what is left of it", rows)


def once_or_twice(trace: Any) -> str:
    """`trace`: {way: [{"where": where its worker was killed, "letters": how many in the end}]}."""
    titles = {
        "mark-first": "marked first",
        "send-first": "sent first",
        "with-a-key": "sent first, with a key",
    }
    words = ("no letter", "one letter", "two letters")
    rows = {
        titles[way]: [(p["where"], words[p["letters"]], p["letters"] != 1) for p in points]
        for way, points in trace.items()
    }
    title = "One letter, killed before each step: how many are sent when others try again"
    return _killed(title, "in the end", rows)


def _killed(title: str, heading: str, rows: dict[str, list[tuple[str, str, bool]]]) -> str:
    """`rows`: {name: [(where its worker was killed, what came of it, whether that is wrong)]}."""
    parts, y = [], 10
    for name, points in rows.items():
        y += 30
        parts.append(text(24, y, name, "big", "start"))
        parts.append(text(720, y, heading, "quiet", "end"))
        for where, left, is_wrong in points:
            y += 26
            before, _, line = where.partition(": ")
            before = "before" if line else before
            parts.append(text(48, y, f"✗ killed {before}", "quiet", "start"))
            parts.append(text(166, y, escape(line), "", "start"))
            if is_wrong:
                parts.append(box(640, y - 16, 92, 22, "mark"))
            parts.append(text(720, y, left, "", "end"))
        y += 16
    return svg(760, y + 14, title, parts)


def lost_update(trace: Any) -> str:
    """`trace`: the evidence of a search, as it stands in a verdict."""
    from workerlab import draw

    return draw.schedule_svg(trace)


def two_segments(trace: Any) -> str:
    """`trace`: the pids of who made the segment, who stays, who comes; the old and the new count."""
    end, left, right = 400, 170, 736  # of the maker, and of the picture
    parts = [text(24, 54, "shared memory", "", "start")]
    rows = {"its maker": (92, left, end), "a second worker": (152, left, right)}
    rows["the replacement"] = (272, 470, right)
    for (name, (y, start, stop)), who in zip(
        rows.items(), ("maker", "stays", "comes"), strict=True
    ):
        parts.append(text(24, y + 22, name, "", "start"))
        parts += [
            box(start, y, stop - start, 34),
            text(start + 16, y + 22, f"worker {trace[who]}", "", "start"),
        ]
    parts += [box(left, 32, end - left, 34, "inner"), box(end, 32, right - end, 34, "mark")]
    parts.append(text((left + end) / 2, 54, f"a segment with a name: {trace['old']}"))
    parts.append(text((end + right) / 2, 54, f"the same one without its name: {trace['old']}"))
    parts += [
        text(24, 234, "the same name", "", "start"),
        box(470, 212, right - 470, 34, "inner"),
    ]
    parts.append(text((470 + right) / 2, 234, f"a new segment: {trace['new']}"))
    parts.append(f'<path d="M{end} 24 V300" class="mark"/>')
    parts.append(text(end, 322, "the maker ends in peace, and removes the name", "quiet"))
    parts.append(text(right, 322, "time →", "quiet", "end"))
    return svg(760, 340, "One name, two segments: the maker ended first", parts)


def two_transactions(trace: Any) -> str:
    """`trace`: {"moves": [[task, move], …] in order, "responses": {task: the count in its response}}."""
    responses, rows, begun = trace["responses"], {"A": 60, "B": 130}, set()
    first = responses["A"] - 1  # what both have read
    parts, way = [text(24, 216, "the row", "quiet", "start")], "M108 212"
    parts.append(text(132, 234, f"says {first}", "quiet"))
    for task, y in rows.items():
        own = [place for place, move in enumerate(trace["moves"]) if move[0] == task]
        left, right = (108 + 74 * own[0], 176 + 74 * own[-1])
        parts += [box(left, y, right - left, 34), text(24, y + 24, task, "big", "start")]
    for place, (task, move) in enumerate(trace["moves"]):
        x, y = 142 + 74 * place, rows[task]
        words = {"read": f"reads {first}", "write": f"writes {responses[task]}"}
        words["transaction"] = "COMMIT" if task in begun else "BEGIN"
        parts.append(text(x, y + 22, words[move]))
        if words[move] == "COMMIT":
            parts.append(f'<path d="M{x} {y + 34} V196" class="mark"/>')
            parts.append(text(x, 234, f"says {responses[task]}", "quiet"))
            way += f" H{x} V{212 - 16 * (responses[task] - first)}"
        begun.add(task)
    parts += [f'<path d="{way} H740" class="path"/>', text(424, 32, "time →", "quiet")]
    return svg(760, 252, "Two transactions read the same row, and one increment is lost", parts)


def one_worker_told(trace: Any) -> str:
    """`trace`: {app: {"posted": pid, "heard": {worker's pid: [whether each listener heard]}}}."""
    titles = {"own": "each worker tells its own listeners", "channel": "by a channel in Redis"}
    parts = []
    for row, (app, told) in enumerate(trace.items()):
        top = 36 + 178 * row
        parts.append(text(24, top, titles[app], "big", "start"))
        for place, (pid, heard) in enumerate(told["heard"].items()):
            left = 24 + 144 * place
            parts += [
                box(left, top + 34, 132, 34),
                text(left + 66, top + 56, f"worker {pid}"),
            ]
            if int(pid) == told["posted"]:
                parts.append(text(left + 66, top + 27, "↓ POST", "quiet"))
            for number, has in enumerate(heard):
                x = left + 68 * number
                parts.append(f'<path d="M{x + 32} {top + 68} V{top + 84}" class="line"/>')
                parts.append(box(x, top + 84, 64, 30, "inner" if has else "mark"))
                parts.append(text(x + 32, top + 104, "heard" if has else "nothing"))
    return svg(760, 344, "One message, ten listeners, five workers: who hears of it", parts)


def two_windows(trace: Any) -> str:
    """`trace`: {"limit", "window": seconds, "asked": {app: [[second, status], …]}}."""
    window, parts = trace["window"], []
    titles = {"clock": "windows of the clock", "script": "the moments are kept"}

    def at(second: float) -> float:
        return round(60 + 180 * second, 1)

    for row, (app, asked) in enumerate(trace["asked"].items()):
        top = 96 + 112 * row
        through = [second for second, status in asked if status == 200]
        sums = {s: sum(s <= other < s + window for other in through) for s in through}
        first = max(through, key=lambda second: sums[second])
        parts.append(text(at(0) + 12, top - 30, titles[app], "big", "start"))
        parts.append(box(at(first) - 8, top - 18, 180 * window - 4, 36, "inner"))
        words = f"{sums[first]} get through in {window} seconds"
        parts.append(text(at(first) - 6, top + 38, words, "", "start"))
        parts.append(f'<path d="M{at(0)} {top} H{at(3.7)}" class="line"/>')
        for second, status in asked:
            x = at(second)
            if status == 200:
                parts.append(f'<circle cx="{x:g}" cy="{top}" r="5" class="path"/>')
            else:
                way = f"M{x - 4:g} {top - 4} l8 8 m0 -8 l-8 8"
                parts.append(f'<path d="{way}" class="line"/>')
    for edge in range(0, 4, window):
        parts.append(f'<path d="M{at(edge)} 30 V266" class="mark"/>')
        parts.append(text(at(edge) + 8, 36, "a window of the clock begins", "quiet", "start"))
    parts.append(text(at(0), 292, "○ answered 200", "quiet", "start"))
    parts.append(text(at(1), 292, "× answered 429", "quiet", "start"))
    parts.append(text(at(3.7), 292, "time →", "quiet", "end"))
    return svg(760, 306, "Ten requests a second at a limit of four in two seconds", parts)


def lock_reach(trace: Any) -> str:
    """`trace`: {lock: {"one worker": does it keep two requests apart there, "two workers": …}}."""
    names = {
        "asyncio": ("asyncio.Lock", "tasks"),
        "threading": ("threading.Lock", "threads"),
        "multiprocessing": ("multiprocessing.Lock", "threads"),
        "file": ("flock on a file", "threads"),
    }
    parts, lefts = [], (186, 458)
    for place, left in enumerate(lefts, 1):
        parts += [box(left, 24, 248, 292), text(left + 124, 48, f"worker {place}: a process")]
        parts += [box(left + 14, 62, 96, 60, "inner"), text(left + 62, 88, "one thread")]
        parts.append(text(left + 62, 107, "async def", "quiet"))
        parts += [box(left + 122, 62, 112, 60, "inner"), text(left + 178, 88, "threads")]
        parts.append(text(left + 178, 107, "def", "quiet"))
    for row, (lock, reach) in enumerate(trace.items()):
        name, inside = names[lock]
        top = 150 + 44 * row
        start, wide = (14, 96) if inside == "tasks" else (122, 112)
        parts.append(text(172, top + 5, name, "", "end"))
        bars = [(left + start, left + start + wide) for left in lefts if reach["one worker"]]
        if reach["two workers"]:
            bars = [(bars[0][0], bars[-1][1])]
        for begin, end in bars:
            way = f"M{begin} {top - 9} V{top + 9} M{begin} {top} H{end} M{end} {top - 9} V{top + 9}"
            parts.append(f'<path d="{way}" class="path"/>')
    words = "a bar: the requests that one and the same lock keeps apart"
    parts.append(text(446, 342, words, "quiet"))
    return svg(760, 358, "How far each of four locks reaches", parts)


FIGURES: dict[str, Callable[[Any], str]] = {
    "accept-queue": accept_queue,
    "crash-points": crash_points,
    "lock-reach": lock_reach,
    "lost-update": lost_update,
    "missed-message": lost_update,
    "older-value": older_value,
    "once-or-twice": once_or_twice,
    "one-object-each": one_object_each,
    "one-worker-told": one_worker_told,
    "stampede": stampede,
    "two-segments": two_segments,
    "two-transactions": two_transactions,
    "two-windows": two_windows,
}


def drawn(name: str) -> str:
    """The SVG of one figure, from its trace."""
    return FIGURES[name](json.loads((HERE / "traces" / f"{name}.json").read_text(encoding="utf-8")))


def main(arguments: list[str]) -> int:
    stale = 0
    for name in FIGURES:
        path, picture = HERE / f"{name}.svg", drawn(name)
        if path.exists() and path.read_text(encoding="utf-8") == picture:
            continue
        stale += 1
        if "--check" in arguments:
            print(f"{path.name} is not what its trace draws")
        else:
            path.write_text(picture, encoding="utf-8")
            print(f"{path.name} redrawn")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
