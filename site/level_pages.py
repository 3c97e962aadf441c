"""The pages of "Be the scheduler": one for each level, and the list of all."""

from __future__ import annotations

from html import escape

from workerlab.levels.definitions import SECTIONS
from workerlab.levels.level import BREAK, Level
from workerlab.levels.page import fragment, kills

# A level is a page to be played: the tree of the site would be larger than the game.
HEAD = """\
---
orphan: true
html_theme.sidebar_primary.remove: true
html_theme.sidebar_secondary.remove: true
---
"""
SOLVED = """\
<script>
for (const one of document.querySelectorAll("[data-level]")) {
  let found = null;
  try { found = localStorage.getItem(`workerlab level ${one.dataset.level}`); } catch { /* not here */ }
  if (found !== null) one.append(one.dataset.par ? ` ✓ with ${found}` : " ✓");
}
</script>
"""


def page_of_level(level: Level, after: Level | None) -> tuple[str, str]:
    """The Markdown of a level's page, and the HTML that it includes."""
    name, chapter = level["name"], level["chapter"]
    text = (
        f"{HEAD}# {level['title']}\n\n"
        f"[← All levels](../levels.md) · [Chapter {chapter[:2]}](../notebooks/{chapter}.ipynb)\n\n"
        f"```{{raw}} html\n:file: {name}.html\n```\n"
    )
    return text, fragment(level, f"{after['name']}.html" if after else "")


def index_of(levels: list[Level]) -> str:
    """The list of all levels as HTML, with what was solved in this browser."""
    known, number = {level["name"]: level for level in levels}, 0
    parts = []
    for title, definitions in SECTIONS.items():
        parts.append(f"<h2>{title}</h2>")
        parts.append('<ul class="levels">')
        for definition in definitions:
            number += 1
            parts.append(_entry(number, known[definition.name]))
        parts.append("</ul>")
    return "\n".join([*parts, SOLVED])


def _entry(number: int, level: Level) -> str:
    chapter = level["chapter"]
    breaks = level["kind"] == BREAK
    par = f"par {level['par']}" if breaks else f"{len(level['variants'])} apps"
    par = "a kill" if kills(level) else par
    mark = f' data-par="{level["par"]}"' if breaks and not kills(level) else ""
    return (
        f'<li><p class="level-head"><a href="levels/{level["name"]}.html">{number} · '
        f"{escape(level['title'])}</a> "
        f'<span data-level="{level["name"]}"{mark}>{par}</span></p>'
        f"<p>{escape(level['goal'])}</p>"
        f'<p><a href="notebooks/{chapter}.html">chapter {chapter[:2]}</a></p></li>'
    )
