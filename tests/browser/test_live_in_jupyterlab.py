"""The live player in JupyterLab: keys move real workers, an update is lost, and it is found."""

from __future__ import annotations

import pytest
from jupyter import menu, output, run_all
from playwright.sync_api import Page, expect

GAME = """
from pathlib import Path
from workerlab import live
count = Path("count").absolute()
count.write_bytes(bytes(8))
game = live("apps/shared_memory.py", env={"STATE_FILE": str(count)}, goal="Lose an increment.")
game
"""


@pytest.fixture
def notebook(jupyterlab, lab_page):
    """notebook(theme, width) -> a page in which a live player is shown, and `check()` below."""

    def open_it(theme: str = "light", width: int = 1280) -> Page:
        page = lab_page(theme)
        jupyterlab.open(page, jupyterlab.write("live.ipynb", GAME.strip(), "game.check()"))
        run_all(page)
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.get_by_role("button", name="step worker A")).to_be_visible()
        return page

    return open_it


def press(page: Page, key: str, steps: int) -> None:
    """Press a key on the player, and wait for the workers to stand still again."""
    page.locator(".wl-player").focus()
    page.keyboard.press(key)
    expect(page.locator(".wl-count")).to_have_text(f"{steps} steps so far")


def left_edges(page: Page, what: str) -> int:
    return len({element.bounding_box()["x"] for element in page.locator(what).all()})


def lose(page: Page) -> None:
    for steps, key in ((1, "a"), (2, "b"), (4, "a"), (6, "b")):  # an answer is shown as a step
        press(page, key, steps)


def test_keys_lose_an_update_on_real_workers_and_check_finds_it(notebook):
    page = notebook()
    assert "not found yet: no schedule has been run to its end" in output(page, 1)
    press(page, "a", 1)
    press(page, "b", 2)
    press(page, "ArrowLeft", 1)
    expect(page.locator(".wl-message")).to_contain_text("B has not begun")
    press(page, "2", 2)
    press(page, "ArrowRight", 4)
    press(page, "a", 6)
    expect(page.locator(".wl-message[data-status=found]")).to_contain_text("This schedule loses")
    page.locator(".jp-CodeCell .cm-content").nth(1).click()
    menu(page, "Run", "^Run Selected Cell and Do not Advance")
    found = page.locator(".jp-CodeCell").nth(1).get_by_text("passed: found: your schedule ABBA")
    expect(found.first).to_be_visible()


@pytest.mark.nightly
def test_buttons_do_the_same_and_tried_schedules_can_be_run_again(notebook):
    page = notebook()
    for task, steps in (("A", 1), ("A", 3), ("B", 4), ("B", 6)):
        page.get_by_role("button", name=f"step worker {task}").click()
        expect(page.locator(".wl-count")).to_have_text(f"{steps} steps so far")
    expect(page.locator(".wl-message[data-status='no loss']")).to_be_visible()
    page.get_by_role("button", name="reset").click()
    expect(page.locator(".wl-count")).to_have_text("0 steps so far")
    page.get_by_role("button", name="AABB").click()
    expect(page.locator(".wl-count")).to_have_text("6 steps so far")


@pytest.mark.nightly
@pytest.mark.parametrize("width", [1280, pytest.param(800, marks=pytest.mark.nightly)])
def test_it_is_accessible_in_light_and_dark(notebook, theme, width, scan, shot):
    page = notebook(theme, width)
    scan(page, ".wl-player")
    lose(page)
    page.mouse.move(0, 0)
    scan(page, ".wl-player")
    assert left_edges(page, ".wl-outcome dt") == 1, "JupyterLab's own style of lists has no say"
    assert page.locator(".wl-line code").first.bounding_box()["width"] > 100, "a line has room"
    shot(page, "live")
