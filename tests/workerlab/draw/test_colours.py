"""Colours that most eyes can read and tell apart, in both themes."""

from __future__ import annotations

import pytest

from workerlab.draw.svg import _COLOURS

THEMES = pytest.mark.parametrize("theme", [1, 2], ids=["light", "dark"])
TEXT = 4.5  # the least contrast of text, WCAG 2.2 AA
SHAPE = 2.1  # of a shape that a hatch, a place and a label name as well


def light(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def mixed(colour: str, paper: str, opacity: float = 0.1) -> str:
    """A colour laid thinly over the paper: the ground of a column's rows."""
    pairs = [(int(colour[n : n + 2], 16), int(paper[n : n + 2], 16)) for n in (1, 3, 5)]
    return "#" + "".join(f"{round(a * opacity + b * (1 - opacity)):02x}" for a, b in pairs)


@THEMES
@pytest.mark.parametrize("look", ["ink", "soft", "alarm", "well"])
def test_text_can_be_read_on_every_ground(look, theme):
    paper, colour = _COLOURS["paper"][theme], _COLOURS[look][theme]
    grounds = [mixed(_COLOURS[hue][theme], paper) for hue in ("hue0", "hue1", "hue2", "soft")]
    assert min(contrast(colour, ground) for ground in [paper, *grounds]) >= TEXT


@THEMES
@pytest.mark.parametrize("hue", ["hue0", "hue1", "hue2", "alarmline"])
def test_workers_and_alarms_stand_out_from_the_paper(hue, theme):
    assert contrast(_COLOURS[hue][theme], _COLOURS["paper"][theme]) >= SHAPE


def test_the_first_two_workers_have_the_colours_of_okabe_and_ito():
    assert (_COLOURS["hue0"][1], _COLOURS["hue1"][1]) == ("#0072B2", "#E69F00")
