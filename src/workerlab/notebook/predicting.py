"""A prediction that is one: the reader chooses first, and only then sees what came out.

One piece of HTML without any script, so it works in JupyterLab and on a page alike. The options are
radio buttons, none of them chosen. What came out and what it says about the chosen idea stand
behind them, hidden by CSS until one is chosen. Running the cell again takes the choice back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from itertools import count
from typing import Any

from workerlab.errors import BadUsage
from workerlab.misconceptions.answers import fits, in_words
from workerlab.misconceptions.catalogue import CATALOGUE
from workerlab.misconceptions.model import Option, Situation, options
from workerlab.notebook.display import Page

MOST = 6  # options that the CSS knows
_numbers = count(1)


class Prediction(Page):
    """A question with its options. `html` waits for a choice; `text` has the question alone."""


def predict(question: str, asked: Situation, outcome: object, *show: object) -> Prediction:
    """Let the reader choose what will come out, and then say what did.

    question  as the reader sees it, in one sentence
    asked     what is about to happen, such as `when.counts(workers=2, increments=1)`
    outcome   what came out of the run; hidden until the reader has chosen
    show      what else is hidden till then, drawn as a cell would: a verdict, a timeline

    Raises AssertionError if the outcome is not the one that the situation really leads to, and
    BadUsage if all models foretell the same.
    """
    all_of_them = options(asked, CATALOGUE)
    right = all_of_them[0]
    if not 2 <= len(all_of_them) <= MOST:
        raise BadUsage(
            f"{asked.name}: {len(all_of_them)} different options",
            f"ask so that between 2 and {MOST} answers are possible",
        )
    told = f"{question} It came out {outcome!r}, and should {in_words(right.answer)}."
    assert fits(right.answer, outcome), told
    ordered = sorted(all_of_them, key=_place)
    listed = "\n".join(f"  ( ) {in_words(option.answer)}" for option in ordered)
    text = f"{question}\n{listed}\nIn JupyterLab and on the site you can choose, and are then told."
    return Prediction(_html(question, ordered, outcome, show), text)


def _place(option: Option) -> tuple[bool, float, str]:
    """Numbers by size, all else by the alphabet: the order tells nothing."""
    answer, words = option.answer, in_words(option.answer)
    number = isinstance(answer, int | float)
    return not number, float(answer) if isinstance(answer, int | float) else 0.0, words


def _html(
    question: str, ordered: Sequence[Option], outcome: object, show: tuple[object, ...]
) -> str:
    digest = hashlib.sha256(question.encode()).hexdigest()[:8]
    name = f"wl-{digest}-{next(_numbers)}"
    choices, told = [], []
    for at, option in enumerate(ordered):
        choices.append(
            f'<input type="radio" name="{name}" id="{name}-{at}" class="wl-o{at}" autocomplete="off">'
            f'<label for="{name}-{at}">{escape(in_words(option.answer))}</label>'
        )
        told.append(f'<div class="wl-about wl-a{at}">{_about(option, ordered, outcome)}</div>')
    shown = "".join(f'<div class="wl-told wl-shown">{_drawn(value)}</div>' for value in show)
    return (
        f"<style>{_style()}</style>"
        '<fieldset class="wl-predict" data-lm-suppress-shortcuts="true">'
        f"<legend>{escape(question)}</legend>"
        + "".join(choices)
        + '<p class="wl-first">Choose one. Then you see what came out.</p>'
        f'<p class="wl-told wl-came">It came out: <strong>{escape(in_words(outcome))}</strong></p>'
        + "".join(told)
        + f'<label class="wl-told wl-sentence" for="{name}-own">Say why, in one sentence of your '
        "own (it stays on this page and is not kept):</label>"
        f'<textarea class="wl-told" id="{name}-own" rows="2"></textarea>' + shown + "</fieldset>"
    )


def _about(chosen: Option, ordered: Sequence[Option], outcome: object) -> str:
    """What the outcome says about the idea behind one option."""
    if not chosen.models:
        ideas = [model.says for option in ordered for model in option.models]
        quoted = " ".join(f"“{escape(says)}”" for says in ideas)
        return (
            f"<p>Just as you said. The other answers follow from ideas that are wrong: {quoted}</p>"
        )
    leads = ["Your answer follows from this idea:"] + ["Or from this one:"] * (
        len(chosen.models) - 1
    )
    parts = [
        f"<p>{lead} “{escape(model.says)}” "
        f"<em>{escape(model.question)}</em> {escape(model.help)}</p>"
        for lead, model in zip(leads, chosen.models, strict=True)
    ]
    if fits(chosen.answer, outcome):
        right = next(option for option in ordered if not option.models)
        parts.insert(
            0,
            "<p>This run fits your answer. But it fits another one as well: "
            f"“{escape(in_words(right.answer))}”. One run cannot tell them apart.</p>",
        )
    return "".join(parts)


def _drawn(value: object) -> str:
    """A value as HTML, as a cell that ends with it would be drawn."""
    from IPython import get_ipython

    shell = get_ipython()
    bundle: dict[str, Any] = shell.display_formatter.format(value)[0] if shell else {}
    for kind in ("text/html", "image/svg+xml"):
        if kind in bundle:
            return str(bundle[kind])
    return f"<pre>{escape(bundle.get('text/plain', repr(value)))}</pre>"


@cache
def _style() -> str:
    return files("workerlab.notebook").joinpath("predicting.css").read_text(encoding="utf-8")
