"""Predictions as a reader meets them: nothing tells before the choice, and the choice is answered."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from jupyter import ROOT, RUN_S, run_all
from playwright.sync_api import Locator, Page, expect

from workerlab.misconceptions import when
from workerlab.notebook import predict

CHAPTERS = [
    pytest.param(
        path, id=path.stem, marks=pytest.mark.further if "01-" in path.stem else pytest.mark.nightly
    )
    for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb"))
]
TELLS = ".wl-told, .wl-about, details.wl-why > :not(summary)"


def choose(prediction: Locator, at: int) -> str:
    """Choose an option; its label."""
    prediction.locator("input").nth(at).check()
    return prediction.locator("input + label").nth(at).inner_text()


def telling(page: Page) -> list[str]:
    """What is in sight and tells: of predictions that wait, and of cells that come after one."""
    return page.evaluate(
        """tells => {
            const waits = one => !one.querySelector(':scope > :checked');
            const seen = one => one.checkVisibility({contentVisibilityAuto: false})
                && one.getClientRects().length && one.innerText.trim();
            const first = [...document.querySelectorAll('.wl-predict')].find(waits);
            if (!first) return [];
            const later = one => first.compareDocumentPosition(one) & 4;
            const outputs = [...document.querySelectorAll('.jp-CodeCell .jp-OutputArea-child > *')]
                .filter(one => later(one) && !one.closest('.jp-OutputArea-child').querySelector(
                    '.wl-predict, .jp-RenderedMarkdown pre, [data-mime-type$="jupyter.stderr"]'
                ));  // code tells no outcome, nor does an error that a chapter means to show
            const hidden = [...document.querySelectorAll(tells)]
                .filter(one => one.closest('.wl-predict') === first || later(one));
            return [...outputs, ...hidden].filter(seen).map(one => one.innerText);
        }""",
        TELLS,
    )


def test_a_choice_is_made_by_keys_and_told_about(new_page, theme, scan, shot):
    page = new_page(theme)
    shown = predict("Which counts?", when.counts(workers=2, increments=1), {0, 1}, "a picture")
    page.set_content(
        f"<!doctype html><html lang=en><title>A prediction</title><main>{shown.html}</main>"
    )
    first = page.locator(".wl-predict")
    assert first.locator(":scope > :checked").count() == 0
    assert telling(page) == []
    assert "It came out" not in first.inner_text()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(first.get_by_text("It came out")).to_be_visible()
    expect(first.get_by_text("Your answer follows from this idea: “All workers")).to_be_visible()
    expect(first.get_by_text("Just as you said")).not_to_be_visible()
    expect(first.get_by_role("textbox")).to_be_visible()
    shot(page, "prediction")
    scan(page)


def questions(path: Path) -> int:
    cells = nbformat.read(path, as_version=4).cells
    return sum("predict(" in cell.source for cell in cells if cell.cell_type == "code")


@pytest.mark.timeout(3 * RUN_S)  # it runs a chapter twice
@pytest.mark.parametrize("path", CHAPTERS)
def test_the_predictions_of_a_chapter_wait_in_jupyterlab(path, jupyterlab, lab_page, shot):
    page = lab_page()
    jupyterlab.open(page, f"notebooks/{path.name}")
    run_all(page)
    predictions = page.locator(".wl-predict").all()
    assert len(predictions) == questions(path)
    for at, prediction in enumerate(predictions):
        assert page.locator(".wl-predict > :checked").count() == at
        prediction.scroll_into_view_if_needed()
        assert telling(page) == []
        shot(page, f"prediction-{path.stem[:2]}-{at}-waits")
        label = choose(prediction, 0)
        expect(prediction.get_by_text("It came out")).to_be_visible()
        about = prediction.locator(".wl-about:visible")
        expect(about).to_have_count(1)
        assert "follows from this idea" in about.inner_text() or "Just as" in about.inner_text(), (
            label
        )
    if predictions:
        assert page.locator("details.wl-why > :not(summary)").first.is_visible(), "it opens, too"
    run_all(page)
    expect(page.locator(".wl-predict")).to_have_count(len(predictions))
    expect(page.locator(".wl-predict > :checked")).to_have_count(0, timeout=RUN_S * 1000)
