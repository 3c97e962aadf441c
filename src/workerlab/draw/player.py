"""The interactive face of a schedule: the player, in a notebook or a page, with no notebook kernel.

The module (player.js) is one file in the anywidget form. Here it is put into a page together with
the frames of a schedule; nothing is loaded from anywhere, and nothing of a student's file can end
the script that contains it.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from workerlab.draw.frames import frames_of
from workerlab.draw.schedule_text import schedule_text
from workerlab.evidence import Evidence

NO_CSS = 'const CSS = "";'


@cache
def module_text() -> str:
    """The player's module with its styles in it, as a page or an anywidget takes it."""
    here = files("workerlab.draw")
    module = here.joinpath("player.js").read_text(encoding="utf-8")
    style = here.joinpath("player.css").read_text(encoding="utf-8")
    assert NO_CSS in module
    return module.replace(NO_CSS, f"const CSS = {in_script(style)};")


def in_script(value: Any) -> str:
    """The value as JSON in which no sign can end a script or begin a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = text.encode("utf-8", "backslashreplace").decode()  # of lone surrogates
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


@dataclass(frozen=True)
class Player:
    """A schedule to step through: HTML where it is drawn, words everywhere else."""

    text: str
    data: dict[str, Any]

    @property
    def html(self) -> str:
        """A piece of a page that stands alone: the module, and the words that it takes the place of."""
        name = f"workerlab-{secrets.token_hex(6)}"
        mount = f'mount(document.getElementById("{name}"),{in_script(self.data)});'
        words = f'<div id="{name}"><pre>{escape(self.text)}</pre></div>'
        return f'{words}\n<script type="module">{module_text()}\n{mount}</script>'

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}


def player(evidence: Evidence) -> Player:
    """The schedule of an evidence, to step through."""
    return Player(schedule_text(evidence), frames_of(evidence))
