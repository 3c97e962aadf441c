"""The result as one page to read: nothing from the network, at most 300 KB.

Whatever comes from a submission (its lines, its messages, its name) is cleaned and escaped;
and the page's own policy forbids every load, and every script but the player's, which it knows by
its hash, should anything ever slip through. Without scripts the pictures and the words are there.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from functools import cache
from html import escape
from pathlib import Path

from workerlab.draw import schedule_svg, schedule_text, timeline_svg, timeline_text
from workerlab.draw.frames import frames_of
from workerlab.draw.player import in_script, module_text
from workerlab.draw.words import clean, counted
from workerlab.errors import BadUsage, WorkerlabError
from workerlab.grading import hints
from workerlab.grading.htmlstyle import STYLE
from workerlab.grading.report import (
    FAILED,
    INCONCLUSIVE,
    NOT_GRADABLE,
    PASSED,
    CheckResult,
    LabResult,
    Report,
)
from workerlab.history import Event, History

MOST_BYTES = 300_000
FOR_PICTURES = 190_000  # bytes of all drawings together; beyond that a drawing is told in words
LEAST_ROOM = 1_000  # bytes; no drawing is smaller
LONGEST, LONGEST_DRAWING = 3_000, 8_000  # characters of a message, of a drawing in words
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
# Each player takes the place of the picture that stands there without it.
MOUNT = """
for (const place of document.querySelectorAll(".player"))
  mount(place, JSON.parse(place.querySelector("script").textContent));
"""
WORDS = {
    PASSED: "✔ passed",
    FAILED: "✘ failed",
    INCONCLUSIVE: "? inconclusive",
    NOT_GRADABLE: "! not gradable",
}


def write_page(report: Report, path: str | Path) -> None:
    """Write the page of a report. Raises BadUsage when the place cannot be written."""
    try:
        Path(path).write_text(page(report), encoding="utf-8")
    except OSError as error:
        mend = "name a file in a folder that you may write"
        raise BadUsage(f"cannot write {path}: {error.strerror}", mend) from error


def page(report: Report) -> str:
    """The whole page as text, of at most MOST_BYTES bytes (a course of twenty labs fits)."""
    for room in (FOR_PICTURES, FOR_PICTURES // 3, 0):
        text = _page(report, _Room(room))
        if len(text.encode()) <= MOST_BYTES:
            return text
    return _page(report, _Room(0, told=False))


class _Room:
    """How much may still be drawn; `told` says whether there is room for drawings in words."""

    def __init__(self, left: int, told: bool = True) -> None:
        self.left, self.told = left, told

    def take(self, draw: Callable, what: object) -> str:
        """What `draw` makes of it, if there is room for that; else nothing."""
        if self.left < LEAST_ROOM:
            return ""
        picture = draw(what)
        size = len(picture.encode())
        if size > self.left:
            return ""
        self.left -= size
        return picture


def _page(report: Report, room: _Room) -> str:
    title = _safe(_title(report))
    body = "\n".join(part for lab in report.labs for part in _lab(lab, room))
    script, policy = _script() if 'class="player"' in body else ("", POLICY)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<a class="skip" href="#labs">to the results</a>
<header>
<h1>{title}</h1>
<p class="soft">submission <code>{_safe(report.submission)}</code>, seed {_safe(report.seed)}</p>
</header>
<main id="labs">
{body}
</main>
<footer>
<p>“Passed” means that nothing was found among what was tried, never that an app is correct.
A failure is shown only after its schedule has lost again. “Inconclusive” is no points and no
blame: run the check again on a quieter machine.</p>
</footer>
{script}</body>
</html>
"""


@cache
def _script() -> tuple[str, str]:
    """The page's one script, and the policy that lets it run and nothing else."""
    text = f"{module_text()}{MOUNT}"
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f'<script type="module">{text}</script>\n', f"{POLICY}; script-src 'sha256-{digest}'"


def _title(report: Report) -> str:
    score = sum(lab.score for lab in report.labs)
    most = sum(lab.max_score for lab in report.labs)
    name = report.labs[0].lab if len(report.labs) == 1 else counted(len(report.labs), "lab")
    return f"{name}: {score:g} of {most:g} points"


def _lab(lab: LabResult, room: _Room) -> Iterator[str]:
    full = 100 * lab.score / lab.max_score if lab.max_score else 0
    name = _safe(lab.lab)
    yield f'<section aria-labelledby="{name}">'
    yield f'<h2 id="{name}">{name}</h2>'
    yield f"<p>{lab.score:g} of {lab.max_score:g} points in {lab.duration_s:.1f} seconds</p>"
    yield f'<div class="meter" aria-hidden="true"><span style="width:{full:.0f}%"></span></div>'
    yield f'<div class="scroll" role="region" tabindex="0" aria-label="checks of {name}"><table>'
    yield "<caption>The checks, in the order in which they ran</caption>"
    yield '<thead><tr><th scope="col">result</th><th scope="col">check</th>'
    yield '<th scope="col" class="number">points</th><th scope="col" class="wide">tried</th>'
    yield '<th scope="col" class="wide">hints read</th></tr></thead><tbody>'
    for check in lab.checks:
        yield _row(lab, check)
    yield "</tbody></table></div>"
    for check in lab.checks:
        if check.status != PASSED:
            yield from _details(lab, check, room)
    yield "</section>"


def _row(lab: LabResult, check: CheckResult) -> str:
    name = f'<span class="id">{_safe(check.id)}</span>'
    if check.status != PASSED:
        name = f'<a href="#{_anchor(lab, check)}">{name}</a>'
    tried = ", ".join(
        counted(number, noun)
        for key, noun in _TRIED.items()
        if isinstance(number := check.tried.get(key), int) and number
    )
    return (
        f"<tr>{_state(check, 'td')}"
        f'<th scope="row">{name}<br>{_safe(check.title)}</th>'
        f'<td class="number">{check.points:g} / {check.max_points:g}</td>'
        f'<td class="wide">{tried or "–"}</td>'
        f'<td class="number wide">{hints.seen(lab.lab, check.id) or "–"}</td></tr>'
    )


_TRIED = {"schedules": "schedule", "crash_points": "crash point", "requests": "request"}


def _state(check: CheckResult, tag: str) -> str:
    status = check.status if check.status in WORDS else NOT_GRADABLE
    return f'<{tag} class="state {status}">{WORDS[status]}</{tag}>'


def _anchor(lab: LabResult, check: CheckResult) -> str:
    return _safe(f"{lab.lab}-{check.id}")


def _details(lab: LabResult, check: CheckResult, room: _Room) -> Iterator[str]:
    anchor = _anchor(lab, check)
    status = check.status if check.status in WORDS else NOT_GRADABLE
    yield f'<article id="{anchor}" class="{status}-box" aria-labelledby="{anchor}-title">'
    yield f'<h3 id="{anchor}-title">{_state(check, "span")} {_safe(check.title)}</h3>'
    yield f'<p class="message">{_safe_lines(check.message, LONGEST)}</p>'
    if check.evidence:
        yield from _evidence(check.evidence, room)
    yield from _hints(lab, check)
    if check.status == FAILED:
        command = f"workerlab hint {lab.lab} {check.id}"
        again = f" To run this schedule again: <code>workerlab replay RESULT.json {_safe(check.id)}"
        replay = f"{again}</code> (the file that <code>--json</code> writes)."
        tail = replay if check.evidence else ""
        yield f'<p class="next">Next: <code>{_safe(command)}</code>.{tail}</p>'
    yield "</article>"


def _evidence(evidence: dict, room: _Room) -> Iterator[str]:
    """The losing schedule, to step through; and the burst, where there was one."""
    events = evidence.get("history")
    if evidence.get("steps") or not events:
        picture = _figure(room.take(schedule_svg, evidence))
        if data := room.take(_as_json, evidence):
            data = f'<script type="application/json">{data}</script>'
            yield f'<div class="player">{picture}{data}</div>'
        else:
            yield picture
        yield from _in_words("The schedule in words", schedule_text, evidence, room, picture)
    if events:
        history = History(Event(**event) for event in events)
        picture = _figure(room.take(timeline_svg, history))
        yield picture
        yield from _in_words("The burst in words", timeline_text, history, room, picture)


def _as_json(evidence: dict) -> str:
    return in_script(frames_of(evidence))


def _figure(picture: str) -> str:
    return f'<figure tabindex="0">{picture}</figure>' if picture else ""


def _in_words(name: str, tell: Callable, what: object, room: _Room, picture: str) -> Iterator[str]:
    """The twin of a drawing, open where there was no room for the drawing."""
    if room.told:
        words = _safe_lines(tell(what), LONGEST_DRAWING)
        opened = "" if picture else " open"
        yield f"<details{opened}><summary>{name}</summary><pre>{words}</pre></details>"


def _hints(lab: LabResult, check: CheckResult) -> Iterator[str]:
    """The hints that the reader has already asked for; never one more."""
    try:
        shown = hints.ladder(lab.lab, check.id).shown
    except WorkerlabError:  # a result of a lab that is not here
        return
    if shown:
        items = "".join(f"<li>{_safe(text)}</li>" for text in shown)
        read = counted(len(shown), "hint")
        yield f"<details><summary>{read} read</summary><ol>{items}</ol></details>"


def _safe(value: object) -> str:
    return escape(clean(value), quote=True)


def _safe_lines(text: str, most: int) -> str:
    """Escaped line by line, so that line ends stay; cut at `most` characters."""
    cut = text if len(text) <= most else text[:most] + " …"
    return "\n".join(_safe(line) for line in cut.split("\n"))
