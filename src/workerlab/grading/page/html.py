"""The result as one page to read: nothing from the network, at most 300 KB.

Everything from a submission (its lines, its messages, its name) is cleaned and escaped;
and the page's own policy forbids every load, and every script but the player's, which it knows by
its hash, should anything ever slip through. Without scripts the pictures and the words are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from workerlab.draw.words import counted
from workerlab.errors import BadUsage, WorkerlabError
from workerlab.grading import hints
from workerlab.grading.page.pictures import Drawing, Room, safe, safe_lines, script
from workerlab.grading.page.style import STYLE
from workerlab.grading.result import (
    FAILED,
    INCONCLUSIVE,
    NOT_GRADABLE,
    PASSED,
    CheckResult,
    LabResult,
    Report,
)
from workerlab.grading.told import message_of, told_before

MOST_BYTES = 300_000
FOR_WORDS = 180_000  # bytes of the page without any drawing; the others are for players
SPARE_BYTES = 2_000  # for the policy, and to be sure
LONGEST = 3_000  # characters of a message
LONGEST_DRAWINGS = (8_000, 2_000, 500, 0)  # characters of a drawing in words: what fits
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
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
        advice = "name a file in a folder that you may write"
        raise BadUsage(f"cannot write {path}: {error.strerror}", advice) from error


def page(report: Report, *, graded: str = "") -> str:
    """The whole page as text, of at most MOST_BYTES bytes (a course of twenty labs fits).

    Every loss is described in words. The rest of the room is for players, and for pictures
    beside them if there is room for all.

    graded   how a class was graded: the page is then a student's of that class, and shows
             neither a seed nor the hints that were read on this machine
    """
    drafts: dict[Drawing, str] = {}
    text, longest = _in_words(report, drafts, graded)
    left = MOST_BYTES - len(text.encode())
    left -= SPARE_BYTES + len(script()[0])
    for pictures, played in ((True, True), (False, True), (False, False)):
        room = Room(left, longest, pictures=pictures, played=played, drawn=drafts, graded=graded)
        drawn = _page(report, room)
        if not room.short:
            break
    return drawn if len(drawn.encode()) <= MOST_BYTES else text


def _in_words(report: Report, drafts: dict[Drawing, str], graded: str) -> tuple[str, int]:
    """The page without a player, and how long each drawing in words may be there.

    Short enough to leave room for players, if that can be.
    """
    texts = []
    for longest in LONGEST_DRAWINGS:
        text = _page(report, Room(0, longest, drawn=drafts, graded=graded))
        texts.append((text, longest))
        if len(text.encode()) <= FOR_WORDS:
            return texts[-1]
    return next((one for one in texts if len(one[0].encode()) <= MOST_BYTES), texts[-1])


def _page(report: Report, room: Room) -> str:
    title = safe(_title(report))
    about = f"submission <code>{safe(report.submission)}</code>, "
    about += safe(room.graded) if room.graded else f"seed {safe(report.seed)}"
    body = "\n".join(part for lab in report.labs for part in _lab(lab, room))
    player, allowed = script() if room.plays else ("", "script-src 'none'")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}; {allowed}">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<a class="skip" href="#labs">to the results</a>
<header>
<h1>{title}</h1>
<p class="soft">{about}</p>
</header>
<main id="labs">
{body}
</main>
<footer>
<p>“Passed” means that nothing was found among what was tried, never that an app is correct.
A failure is shown only after its schedule has lost again. “Inconclusive” is no points and no
blame: run the check again on a quieter machine.</p>
</footer>
{player}</body>
</html>
"""


def _title(report: Report) -> str:
    score = sum(lab.score for lab in report.labs)
    most = sum(lab.max_score for lab in report.labs)
    name = report.labs[0].lab if len(report.labs) == 1 else counted(len(report.labs), "lab")
    return f"{name}: {score:g} of {most:g} points"


def _lab(lab: LabResult, room: Room) -> Iterator[str]:
    full = 100 * lab.score / lab.max_score if lab.max_score else 0
    name = safe(lab.lab)
    yield f'<section aria-labelledby="{name}">'
    yield f'<h2 id="{name}">{name}</h2>'
    yield f"<p>{lab.score:g} of {lab.max_score:g} points in {lab.duration_s:.1f} seconds</p>"
    yield f'<div class="meter" aria-hidden="true"><span style="width:{full:.0f}%"></span></div>'
    yield f'<div class="scroll" role="region" tabindex="0" aria-label="checks of {name}"><table>'
    yield "<caption>The checks, in the order in which they ran</caption>"
    yield '<thead><tr><th scope="col">result</th><th scope="col">check</th>'
    yield '<th scope="col" class="number">points</th><th scope="col" class="wide">tried</th>'
    yield "" if room.graded else '<th scope="col" class="number wide">hints read</th>'
    yield "</tr></thead><tbody>"
    for check in lab.checks:
        yield _row(lab, check, room)
    yield "</tbody></table></div>"
    for check in lab.checks:
        if check.status != PASSED or check.evidence or check.classes:
            yield from _details(lab, check, room)
    yield "</section>"


def _row(lab: LabResult, check: CheckResult, room: Room) -> str:
    name = f'<span class="id">{safe(check.id)}</span>'
    if check.status != PASSED or check.evidence or check.classes:
        name = f'<a href="#{_anchor(lab, check)}">{name}</a>'
    tried = ", ".join(
        counted(number, noun).replace(" ", "\u00a0")
        for key, noun in _TRIED.items()
        if isinstance(number := check.tried.get(key), int) and number
    )
    return (
        f"<tr>{_state(check, 'td')}"
        f'<th scope="row">{name}<br>{safe(check.title)}</th>'
        f'<td class="number">{check.points:g} / {check.max_points:g}</td>'
        f'<td class="wide">{tried or "–"}</td>{_hints_read(lab, check, room)}</tr>'
    )


def _hints_read(lab: LabResult, check: CheckResult, room: Room) -> str:
    if room.graded:
        return ""
    return f'<td class="number wide">{hints.seen(lab.lab, check.id) or "–"}</td>'


_TRIED = {"schedules": "schedule", "crash_points": "crash point", "requests": "request"}


def _state(check: CheckResult, tag: str) -> str:
    status = check.status if check.status in WORDS else NOT_GRADABLE
    return f'<{tag} class="state {status}">{WORDS[status]}</{tag}>'


def _anchor(lab: LabResult, check: CheckResult) -> str:
    return safe(f"{lab.lab}-{check.id}")


def _details(lab: LabResult, check: CheckResult, room: Room) -> Iterator[str]:
    anchor = _anchor(lab, check)
    status = check.status if check.status in WORDS else NOT_GRADABLE
    yield f'<article id="{anchor}" class="{status}-box" aria-labelledby="{anchor}-title">'
    yield f'<h3 id="{anchor}-title">{_state(check, "span")} {safe(check.title)}</h3>'
    earlier = told_before(check, lab.checks)
    if check.message:
        message = safe_lines(message_of(check, earlier), min(LONGEST, room.words + 200))
        yield f'<p class="message">{message}</p>'
    if check.evidence and not earlier:
        yield from room.evidence(check.evidence)
    for found in check.classes:
        yield from room.classes(found)
    if not room.graded:
        yield from _hints(lab, check)
    if check.status == FAILED:
        command = f"workerlab hint {lab.lab} {check.id}"
        again = f" To run this schedule again: <code>workerlab replay RESULT.json {safe(check.id)}"
        replay = f"{again}</code> (the file that <code>--json</code> writes)."
        tail = replay if not room.graded and (check.evidence or {}).get("schedule") else ""
        yield f'<p class="next">Next: <code>{safe(command)}</code>.{tail}</p>'
    yield "</article>"


def _hints(lab: LabResult, check: CheckResult) -> Iterator[str]:
    """The hints that the reader has already asked for; never one more."""
    try:
        shown = hints.ladder(lab.lab, check.id).shown
    except WorkerlabError:  # a result of a lab that is not here
        return
    if shown:
        items = "".join(f"<li>{safe(text)}</li>" for text in shown)
        read = counted(len(shown), "hint")
        yield f"<details><summary>{read} read</summary><ol>{items}</ol></details>"
