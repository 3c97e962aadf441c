"""A figure of matplotlib in the colours of the reader's theme, and in words.

matplotlib draws black on white. In its SVG black becomes the colour of the text, white becomes the
paper, and both have a dark face, as in the pictures that are drawn on a `svg.Sheet`.
"""

from __future__ import annotations

import hashlib
import io
import re
from typing import TYPE_CHECKING

from workerlab.draw.drawing import Drawing
from workerlab.draw.svg import DARK, colours

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot"]

_THEMED = {"#000000": "ink", "#ffffff": "paper", "#0072b2": "hue0"}
_HEAD = re.compile(r"<svg [^>]*>")


def plot(figure: Figure, text: str) -> Drawing:
    """Draw the figure and close it, so that a notebook does not show it a second time.

    text   what it shows, for who cannot see it
    """
    import matplotlib.pyplot as plt

    file = io.StringIO()
    with plt.rc_context({"svg.hashsalt": "workerlab"}):  # the same figure has the same names
        figure.savefig(file, format="svg", metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)
    svg = file.getvalue()
    svg = svg[svg.index("<svg ") :]
    for colour, name in _THEMED.items():
        svg = svg.replace(colour, f"var(--{name})")
    return Drawing(text, _HEAD.sub(lambda head: _with_themes(head[0], svg, text), svg, count=1))


def _with_themes(head: str, svg: str, text: str) -> str:
    """The first tag with a class and a name of its own, and the colours of both themes.

    What matplotlib gives no colour, since it is black, takes that of the text.
    """
    name = f"wl{hashlib.sha256(svg.encode()).hexdigest()[:10]}"
    light, dark = (
        "".join(f"--{colour}:{colours(colour)[theme]};" for colour in _THEMED.values())
        for theme in (0, 1)
    )
    rules = f".{name}{{{light}fill:var(--ink);background:var(--paper)}}{DARK}{{.{name}{{{dark}}}}}"
    label = re.sub(r"\s+", " ", text).replace("&", "&amp;").replace("<", "&lt;").replace('"', "'")
    return f'{head[:-1]} class="{name}" role="img" aria-label="{label}"><style>{rules}</style>'
