"""A sheet to draw SVG on: escaping, the two themes, and marks that do without colour.

Colours are those of Okabe and Ito, which most eyes can distinguish, and never the only sign: each
drawing uses position, a label and a hatch too. The sheet paints its own background, so that it
can be read on a light page and on a dark one.
"""

from __future__ import annotations

import hashlib
from xml.sax.saxutils import escape, quoteattr

from workerlab.draw.words import clean

MONO = "ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace"
SANS = "system-ui,-apple-system,'Segoe UI','DejaVu Sans',Helvetica,Arial,sans-serif"
CELL = 7.6  # pixels that a sign of the code font takes at 12.5 px, a little generous
SIGN = 7.0  # the same for the text font at 13 px
BOLD = 8.0  # and when it is bold
PAGE = 848  # pixels: what JupyterLab has for an output on a screen of 1280, file browser open
DARK = "@media (prefers-color-scheme:dark)"

# class: (properties, light colour, dark colour); "f" fills, "s" strokes.
_COLOURS = {
    "paper": ("f", "#ffffff", "#14181d"),
    "edge": ("s", "#c9d1d9", "#3a424c"),
    "ink": ("f", "#1b1f24", "#e8eaed"),
    "soft": ("f", "#59636e", "#a3adb8"),
    "thread": ("s", "#8b949e", "#6e7681"),
    "hue0": ("f", "#0072B2", "#56B4E9"),
    "hue1": ("f", "#E69F00", "#E69F00"),
    "hue2": ("f", "#009E73", "#2fc79b"),
    "line0": ("s", "#0072B2", "#56B4E9"),
    "line1": ("s", "#E69F00", "#E69F00"),
    "line2": ("s", "#009E73", "#2fc79b"),
    "alarm": ("f", "#a83f00", "#ff9b5e"),
    "alarmline": ("s", "#D55E00", "#ff8a47"),
    "well": ("f", "#00694d", "#5fd3ae"),
    "onhue": ("f", "#ffffff", "#14181d"),
    "inkline": ("s", "#1b1f24", "#e8eaed"),
    "onhueline": ("s", "#ffffff", "#14181d"),
}
_FONTS = {
    "code": f"font:12.5px {MONO};white-space:pre",
    "text": f"font:13px {SANS}",
    "bold": f"font:600 13px {SANS}",
    "head": f"font:600 15px {SANS}",
    "tiny": f"font:11px {SANS}",
}


def colours(name: str) -> tuple[str, str]:
    """A colour by its name: in the light theme and in the dark one."""
    _, light, dark = _COLOURS[name]
    return light, dark


class Sheet:
    """SVG elements in the order in which they were drawn."""

    def __init__(self, name: object) -> None:
        """`name` says what is drawn: ids are made from it, so two drawings can share a page."""
        digest = hashlib.sha256(repr(name).encode("utf-8", "replace"))
        self.id = "wl" + digest.hexdigest()[:10]
        self.parts: list[str] = []

    def add(self, tag: str, inside: str = "", /, **attributes: object) -> None:
        """Draw one element; `a_b` names the attribute a-b, and floats are cut to 0.1 px."""
        self.parts.append(element(tag, inside, **attributes))

    def text(self, x: float, y: float, words: str, look: str, /, **more: object) -> None:
        self.add("text", escape(clean(words)), x=x, y=y, class_=look, **more)

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        look: str,
        radius: float = 4,
        inside: str = "",
        /,
        **more: object,
    ) -> None:
        size = {"width": max(width, 0), "height": height, "rx": radius}
        self.add("rect", inside, x=x, y=y, **size, class_=look, **more)

    def hatched(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        hue: int,
        radius: float = 4,
        tip: str = "",
        /,
        **more: object,
    ) -> None:
        """A bar of a hue, and over it the hatch that goes with it."""
        self.rect(x, y, width, height, f"hue{hue}", radius, title(tip), **more)
        if hue:
            hatch = f"url(#{self.id}h{hue})"
            more = {"pointer_events": "none"} | more
            self.rect(x, y, width, height, "", radius, fill=hatch, **more)

    def path(self, d: str, look: str, /, **more: object) -> None:
        self.add("path", d=d, class_=look, fill="none", **more)

    def svg(self, width: float, height: float, heading: str, description: str) -> str:
        """Return the whole file; `heading` and `description` are for readers who cannot see it.

        A drawing that is wider than a page names no size, and so shrinks to the place it is
        given: JupyterLab would cut it off at the right.
        """
        size = f'width="{width:g}" height="{height:g}" ' if width <= PAGE else ""
        style = "max-width:100%" if size else f"width:100%;max-width:{width:g}px"
        opening = (
            f'<svg xmlns="http://www.w3.org/2000/svg" id="{self.id}" role="img" '
            f'aria-labelledby="{self.id}t {self.id}d" {size}'
            f'viewBox="0 0 {width:g} {height:g}" style="{style};height:auto">'
        )
        words = element("title", escape(clean(heading)), id=f"{self.id}t")
        lines = escape("\n".join(clean(line) for line in description.split("\n")))
        words += element("desc", lines, id=f"{self.id}d")
        card = element(
            "rect", x=0.5, y=0.5, width=width - 1, height=height - 1, rx=8, class_="paper edge"
        )
        parts = [opening, words, self._style(), self._definitions(), card, *self.parts, "</svg>"]
        return "\n".join(parts) + "\n"

    def _style(self) -> str:
        # Every rule is tied to this drawing's id: an inline SVG shares its page's style sheet.
        rules = [f"#{self.id} .{name}{{{font}}}" for name, font in _FONTS.items()]
        dark = []
        for name, (what, light_colour, dark_colour) in _COLOURS.items():
            aspect = "fill" if what == "f" else "stroke"
            rules.append(f"#{self.id} .{name}{{{aspect}:{light_colour}}}")
            dark.append(f"#{self.id} .{name}{{{aspect}:{dark_colour}}}")
        media = f"{DARK}{{{''.join(dark)}}}"
        return f"<style>{''.join(rules)}{media}</style>"

    def _definitions(self) -> str:
        def hatch(number: int, angle: int, step: float, look: str) -> str:
            line = element("path", d=f"M0 0V{step}", class_=look, stroke_width=step / 2)
            turn = f"rotate({angle})"
            size = {"width": step, "height": step, "patternUnits": "userSpaceOnUse"}
            return element("pattern", line, id=f"{self.id}h{number}", **size, patternTransform=turn)

        def arrow(name: str, look: str) -> str:
            point = element("path", d="M0 0L9 4.5L0 9Z", class_=look)
            size = {"viewBox": "0 0 9 9", "markerWidth": 9, "markerHeight": 9}
            where = {"refX": 8, "refY": 4.5, "orient": "auto", "markerUnits": "userSpaceOnUse"}
            return element("marker", point, id=self.id + name, **size, **where)

        hatches = [
            hatch(1, 45, 5, "onhueline"),
            hatch(2, 135, 4, "onhueline"),
            hatch(3, 45, 7, "thread"),
        ]
        return element("defs", arrow("turn", "alarm") + arrow("time", "soft") + "".join(hatches))


def element(tag: str, inside: str = "", /, **attributes: object) -> str:
    """Return one element as text; `inside` must be escaped already."""
    words = [tag]
    for name, value in attributes.items():
        if value is None or value == "":
            continue
        shown = f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
        name = name.rstrip("_").replace("_", "-")
        words.append(f"{name}={quoteattr(shown)}")
    return f"<{' '.join(words)}>{inside}</{tag}>" if inside else f"<{' '.join(words)}/>"


def title(words: str) -> str:
    """The words a reader sees when the pointer rests on an element."""
    return element("title", escape(clean(words))) if words else ""
