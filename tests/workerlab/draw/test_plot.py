"""A figure of matplotlib follows the reader's theme, and can be read aloud."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pytest

from workerlab import draw


@pytest.fixture
def drawing() -> draw.Drawing:
    figure, axes = plt.subplots(figsize=(4, 2))
    axes.barh(["a < b"], [1], xerr=[[0.1], [0.2]], color="#56b4e9", hatch="///")
    axes.plot([0, 1], [0, 0], color="#0072b2", label="a line")
    axes.set_xlabel("how many")
    axes.legend()
    return draw.plot(figure, 'What "a" and\nb < c have')


def test_black_and_white_are_those_of_the_theme(drawing: draw.Drawing) -> None:
    assert not re.search("#000000|#ffffff(?!;)|#0072b2", drawing.svg)
    ((light,), (dark,)) = (
        re.findall(rf"{theme}\{{--ink:(#\w+);", drawing.svg)
        for theme in (r"<style>\.\w+", r"dark\)\{\.\w+")
    )
    assert light != dark
    assert drawing.svg.count("var(--ink)") > 3 and "fill:var(--ink)" in drawing.svg


def test_it_is_well_formed_and_says_what_it_shows(drawing: draw.Drawing) -> None:
    root = ElementTree.fromstring(drawing.svg)
    assert root.get("aria-label") == "What 'a' and b < c have" and root.get("role") == "img"
    assert str(drawing) == 'What "a" and\nb < c have'


def test_a_notebook_does_not_show_it_twice(drawing: draw.Drawing) -> None:
    assert plt.get_fignums() == []


def test_the_same_figure_has_the_same_text() -> None:
    def once() -> str:
        figure, axes = plt.subplots()
        axes.plot([1, 2])
        return draw.plot(figure, "a line").svg

    assert once() == once()
