"""A level in JupyterLab: its keys are its own, it has the theme of the page, and it needs no server."""

from __future__ import annotations

import pytest
from jupyter import run_all
from playwright.sync_api import expect

pytestmark = pytest.mark.further
LEVEL = """
from workerlab.notebook import level
level("lose-an-update")
"""


def test_it_is_played_by_keys_that_are_not_jupyterlabs(jupyterlab, lab_page, theme, shot):
    page = lab_page(theme)
    jupyterlab.open(page, jupyterlab.write("level.ipynb", LEVEL.strip()))
    run_all(page)
    cells = page.locator(".jp-Cell").count()
    frame = page.frame_locator(".jp-OutputArea iframe")
    expect(frame.locator(".wl-level")).to_have_attribute("data-theme", theme)
    frame.get_by_role("button", name="Move A").click()
    for key in "bba":
        page.keyboard.press(key)
    expect(frame.get_by_role("status")).to_contain_text("Goal reached with 1 switch")
    assert page.locator(".jp-Cell").count() == cells, "A and B would insert cells"
    height = page.locator(".jp-OutputArea iframe").evaluate("frame => frame.clientHeight")
    assert frame.locator(".wl-level").evaluate("level => level.offsetHeight") <= height
    shot(page, "level-in-jupyterlab")
