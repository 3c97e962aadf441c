"""`%%write NAME`: a cell whose lines are the reader's answer to an exercise.

As it is found, nothing runs: it says what to do. Once it is changed it is tried out, and what came
of it is shown, with the schedule that breaks it. A hint and one answer are folded below.
"""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files

from workerlab.errors import BadUsage
from workerlab.notebook.display import Page
from workerlab.notebook.writing.exercise import Exercise, load
from workerlab.verdict import Verdict

__all__ = ["Answer", "write"]

UNCHANGED = "Not changed yet. Write in the cell, and run it again: it is checked at once."
DONE, NOT_YET = "Done.", "Not yet."


class Answer(Page):
    """What came of a cell: as HTML with the picture, a hint and one answer, and in words."""


def write(line: str, cell: str) -> Answer:
    """Try out a cell. An unknown exercise is said, as what is wrong with the cell is."""
    try:
        exercise = load(line.strip())
    except BadUsage as error:
        text = f"{error}. {error.advice}"
        return Answer(f"<p>{escape(text)}</p>", text)
    if exercise.is_unchanged(cell):
        return _shown(exercise, "todo", UNCHANGED)
    from workerlab.notebook.writing.trying import try_out

    tried = try_out(exercise, cell)
    sign = DONE if tried.done else NOT_YET
    return _shown(
        exercise, "done" if tried.done else "no", f"{sign} {tried.message}", tried.verdict
    )


def _shown(exercise: Exercise, state: str, message: str, verdict: Verdict | None = None) -> Answer:
    picture, words = _pictures(verdict) if verdict is not None else ("", "")
    html = (
        f'<style>{_style()}</style><div class="wl-write wl-{state}">'
        f'<p class="wl-said">{escape(message)}</p>{picture}'
        f"<details><summary>A hint</summary><p>{escape(exercise.hint)}</p></details>"
        f"<details><summary>One answer</summary><pre>{escape(exercise.answer.strip())}</pre>"
        "</details></div>"
    )
    return Answer(html, "\n\n".join(filter(None, [message, words])))


def _pictures(verdict: Verdict) -> tuple[str, str]:
    """The schedule that loses, or the classes that were run: as HTML, and in words."""
    from workerlab.draw import classes, player, schedule

    if verdict.evidence:
        return player(verdict.evidence).html, schedule(verdict.evidence).text
    if verdict.classes:
        drawing = classes(verdict.classes)
        return (drawing.player.html if drawing.player else ""), drawing.text
    return "", ""


@cache
def _style() -> str:
    return files("workerlab.notebook.writing").joinpath("cell.css").read_text(encoding="utf-8")
