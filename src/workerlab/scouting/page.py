"""The result of a scout as one page to read: nothing from the network, light and dark."""

from __future__ import annotations

from collections.abc import Iterator

from workerlab.draw.words import counted
from workerlab.grading.page.pictures import Room, safe, script
from workerlab.grading.page.style import STYLE
from workerlab.scouting.records import FOUND, Answer, Survey
from workerlab.scouting.results import by_pair, of_status, reasons

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
ROOM = 900_000  # bytes for players and pictures; a race without room is told in words
WORDS = 8_000  # characters of one schedule in words
STATES = {
    "race": ("failed", "✘ race"),
    "workers_disagree": ("failed", "✘ workers disagree"),
    "inconclusive": ("inconclusive", "? inconclusive"),
    "not_asked": ("not_gradable", "! not asked"),
    "nothing_found": ("passed", "✔ nothing found"),
}


def page(survey: Survey) -> str:
    """The whole page as text."""
    found = of_status(survey, *FOUND)
    room = Room(ROOM, WORDS, pictures=True)
    body = "\n".join([*_overview(survey), *_details(found, room), *_rest(survey)])
    player, allowed = script() if room.plays else ("", "script-src 'none'")
    title = safe(f"{counted(len(found), 'race')} in {survey['app']}")
    pairs = len(by_pair(survey["answers"]))
    about = f"{counted(pairs, 'pair')} of {counted(len(survey['operations']), 'operation')}"
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
<a class="skip" href="#pairs">to the results</a>
<header>
<h1>{title}</h1>
<p class="soft">{about}, {survey["seconds"]:.0f} seconds, seed {survey["seed"]}</p>
</header>
<main id="pairs">
{body}
</main>
<footer>
<p>A race is shown only after its schedule has lost three times more. “Nothing found” means that
nothing was found among what was tried, never that an app is correct.</p>
</footer>
{player}</body>
</html>
"""


def _overview(survey: Survey) -> Iterator[str]:
    yield '<div class="scroll" role="region" tabindex="0" aria-label="all pairs"><table>'
    yield "<caption>Requests at the same moment: each operation with itself, and with the others of "
    yield 'its resource</caption><thead><tr><th scope="col">result</th><th scope="col">pair</th>'
    yield '<th scope="col" class="wide">lines</th></tr></thead><tbody>'
    order = [*STATES]
    answers = sorted(by_pair(survey["answers"]), key=lambda one: order.index(one["status"]))
    for answer in answers:
        state, word = STATES[answer["status"]]
        name = f'<span class="id">{safe(answer["pair"])}</span>'
        if answer["status"] in FOUND:
            name = f'<a href="#{_anchor(answer)}">{name}</a>'
        lines = ", ".join(f"{safe(one['file'])}:{one['line']}" for one in answer["lines"])
        yield f'<tr><td class="state {state}">{word}</td><th scope="row">{name}</th>'
        yield f'<td class="wide">{lines or "–"}</td></tr>'
    yield "</tbody></table></div>"


def _anchor(answer: Answer) -> str:
    return safe("".join(sign if sign.isalnum() else "-" for sign in answer["pair"]))


def _details(found: list[Answer], room: Room) -> Iterator[str]:
    for answer in found:
        state, word = STATES[answer["status"]]
        anchor = _anchor(answer)
        yield f'<article id="{anchor}" class="{state}-box" aria-labelledby="{anchor}-title">'
        yield f'<h3 id="{anchor}-title"><span class="state {state}">{word}</span> {safe(answer["pair"])}</h3>'
        yield f'<p class="message">{safe(answer["message"])}</p>'
        for line in answer["lines"]:
            where = f"{safe(line['file'])}:{line['line']}"
            source = f"<code>{safe(line['source'])}</code>"
            yield f"<p>request {safe(line['task'])}, <code>{where}</code> {source}</p>"
        if answer["left_out"]:
            yield f'<p class="soft">left out, since it differs each time: {safe(answer["left_out"])}</p>'
        if answer["evidence"]:
            yield from room.evidence(answer["evidence"])
        yield f'<p class="next">Ask it again: <code>{safe(answer["command"])}</code></p></article>'


def _rest(survey: Survey) -> Iterator[str]:
    left = of_status(survey, "not_asked", "inconclusive")
    if left:
        yield "<h2>What could not be asked, and why</h2><ul>"
        for why, pairs in reasons(left).items():
            yield f"<li>{safe(why)}<br>"
            yield f'<span class="soft id">{", ".join(map(safe, pairs))}</span></li>'
        yield "</ul>"
