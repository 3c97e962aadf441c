"""Levels as they are played: by keys alone, to the end, and everything is said aloud."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from workerlab.levels.definitions import LEVELS
from workerlab.levels.level import BREAK, Level, load
from workerlab.levels.page import fragment, framed, kills
from workerlab.levels.playing import best, schedules, state

FOLDER = Path(__file__).parents[2] / "notebooks" / "data" / "levels"
AT_NIGHT = pytest.mark.nightly
SOME = ("lose-an-update", "defend-the-count")


def mostly_at_night(names):
    return [name if name in SOME else pytest.param(name, marks=AT_NIGHT) for name in names]


BREAKS = mostly_at_night(one.name for one in LEVELS if one.kind == BREAK)
DEFENDS = mostly_at_night(one.name for one in LEVELS if one.kind != BREAK)


def level_of(name: str) -> Level:
    return load(name, FOLDER)


def opened(page: Page, level: Level, following: str = "") -> None:
    page.set_content(
        f"<!doctype html><html lang=en><title>{level['title']}</title>"
        f"<body><main><h1>{level['title']}</h1>{fragment(level, following)}</main>"
    )


@pytest.mark.parametrize("name", BREAKS)
def test_it_is_played_to_its_par_by_keys(name, new_page, theme, scan, shot):
    page, level = new_page(theme), level_of(name)
    opened(page, level)
    scan(page)
    status = page.get_by_role("status")
    expect(status).to_contain_text("Nothing has run yet")
    moves = best(level["variants"][0])
    for number, move in enumerate(moves, 1):
        page.keyboard.press(move if len(move) == 1 else _letter(page, move))
        for did in state(level["variants"][0], moves[:number]).did:
            if did.get("line"):
                how = f"went {did['says']} the await in" if did.get("says") else "ran"
                expect(status).to_contain_text(f"{did['task']} {how} line {did['line']}")
    times = "1 switch" if level["par"] == 1 else f"{level['par']} switches"
    how = "." if kills(level) else f" with {times}. No schedule does it with fewer."
    expect(status).to_contain_text(f"Goal reached{how} {level['won']}")
    expect(page.locator(".lv-end")).to_be_visible()
    scan(page)
    shot(page, f"level-{name}")
    page.keyboard.press("r")
    expect(status).to_contain_text("Nothing has run yet")


@pytest.mark.parametrize("name", DEFENDS)
def test_the_app_that_holds_is_told_from_those_that_break(name, new_page, theme, scan, shot):
    page, level = new_page(theme), level_of(name)
    opened(page, level)
    status = page.get_by_role("status")
    for variant in sorted(level["variants"], key=lambda one: one["survives"]):
        page.get_by_role("button", name=f"No order breaks it: {variant['title']}").press("Enter")
        if variant["survives"]:
            expect(status).to_contain_text(f"all {variant['schedules']} orders of it were run")
            expect(status).to_contain_text(level["lesson"])
            expect(page.locator(".lv-end")).to_contain_text("Right.")
        else:
            expect(status).to_contain_text("here is an order that breaks it")
            expect(page.locator(".lv-end")).to_contain_text("Broken.")
        scan(page)
    shot(page, f"level-{name}")
    page.keyboard.press("a")
    expect(status).to_contain_text("A ran line")


@AT_NIGHT
@pytest.mark.parametrize("name", [one.name for one in LEVELS])
def test_the_page_plays_every_schedule_as_the_record_has_it(name, page):
    level = level_of(name)
    opened(page, level)
    for index, variant in enumerate(level["variants"]):
        if len(level["variants"]) > 1:
            page.locator(".lv-look").nth(index).click()
        for moves in [*schedules(variant)][:40]:
            page.keyboard.press("r")
            for move in moves:
                page.keyboard.press(move if len(move) == 1 else _letter(page, move))
            end = state(variant, moves)
            shown = page.locator(".lv-row .lv-said").all_inner_texts()
            assert sorted(shown) == sorted(f"← {text}" for text in end.responses.values())
            if level["kind"] == BREAK:
                if not kills(level):
                    assert page.locator(".lv-count strong").inner_text() == str(end.switches)
                assert ("data-won" in page.locator(".lv-end").evaluate("e => e.outerHTML")) == (
                    end.ending["reached"]
                )


def _letter(page: Page, move: str) -> str:
    text = f"Let the time of {move[0]}’s lock run out"
    return page.locator("[data-letter]:visible", has_text=text).get_attribute("data-letter")


def test_a_move_that_cannot_be_made_is_answered_and_undo_takes_one_back(page):
    opened(page, level_of("lose-an-update"))
    status = page.get_by_role("status")
    for _ in range(3):
        page.keyboard.press("a")
    expect(status).to_have_text("A has its response already.")
    page.keyboard.press("Backspace")
    expect(status).to_contain_text("A ran line 12")
    expect(status).not_to_contain_text("response")


def test_it_is_played_with_tab_and_enter(page):
    opened(page, level_of("lose-an-update"), "next.html")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Move AA":
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Goal reached with 1 switch")
    expect(page.get_by_role("link", name="The next level")).to_be_visible()


def test_it_fits_every_width(page):
    opened(page, level_of("lose-an-update"))
    page.keyboard.press("a")
    for width in (1280, 800, 400, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_javascript_it_can_be_read(browser, tmp_path):
    path = tmp_path / "level.html"
    path.write_text(f"<!doctype html><meta charset=utf-8>{fragment(level_of('lose-an-update'))}")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"file://{path}")
    assert page.get_by_text("To play it, allow JavaScript.").is_visible()
    assert page.get_by_text('store.set("count", count + 1)').first.is_visible()
    solution = page.locator(".lv-solution ol")
    assert not solution.is_visible()
    page.get_by_text("The solution", exact=True).click()
    assert solution.is_visible()
    context.close()


def test_a_frame_has_its_own_keys_and_the_height_that_it_needs(page):
    level = level_of("lose-an-update")
    page.set_content(f"<!doctype html><html lang=en><title>-</title><body>{framed(level)}")
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Move A").click()
    page.keyboard.press("b")
    expect(frame.get_by_role("status")).to_contain_text("B ran line 12")
    height = page.locator("iframe").evaluate("frame => frame.clientHeight")
    inside = frame.locator(".wl-level").evaluate("level => level.offsetHeight")
    assert inside <= height <= inside + 60
