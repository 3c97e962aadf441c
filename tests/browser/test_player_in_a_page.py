"""The player in a page: keys, the break, hostile text, narrow and dark."""

from pathlib import Path

import pytest

from workerlab.draw import player

EVIL = "</script><img src=x onerror=alert(1)>"
FRAME = "<!doctype html><html lang='en'><meta charset='utf-8'><title>replay</title>"
SEEN = "<meta name='viewport' content='width=device-width'><style>:root{color-scheme:light dark}</style>"


def step(task, kind="call", **values):
    return {"task": task, "worker": 4711 + ord(task), "file": "app.py", "kind": kind, **values}


def read(task, **more):
    return step(task, line=24, source='count = int(await r.get("count") or 0)', read="0", **more)


def write(task):
    return step(task, line=25, source='await r.set("count", count + 1)', wrote="1")


def answer(task):
    return step(task, "response", source='200 {"count": 1}')


LOST = {
    "program": "POST /increment | POST /increment",
    "placement": "two workers",
    "steps": [
        read("A", preempted=True), read("B"), write("B"), answer("B"), write("A"), answer("A"),
    ],
    "requests": [
        {"task": task, "method": "POST", "path": "/increment", "worker": 4711 + ord(task)}
        for task in "AB"
    ],
    "expected": "every order gives A 1, B 2 or A 2, B 1",
    "actual": "A is answered 1, B is answered 1",
    "breaks": "A",
}  # fmt: skip


@pytest.fixture
def replay(new_page, tmp_path):
    """replay(evidence, theme, width) -> a page with a player in it, which has the focus."""

    def open_it(evidence=LOST, theme="light", width=1280):
        path = Path(tmp_path, "replay.html")
        path.write_text(f"{FRAME}{SEEN}<main><h1>replay</h1>{player(evidence).html}</main></html>")
        page = new_page(theme, width)
        page.goto(path.as_uri())
        page.locator(".wl-player").focus()
        return page

    return open_it


def said(page) -> str:
    return page.locator(".wl-say").text_content()


def test_keys_go_on_and_back_and_to_both_ends(replay):
    page = replay()
    assert "Nobody has moved yet" in said(page)
    page.keyboard.press("ArrowRight")
    assert said(page).startswith("A on worker 4776, line 24: count = int")
    page.keyboard.press("ArrowRight")
    assert said(page).startswith("B on worker 4777, line 24")
    page.keyboard.press("ArrowLeft")
    assert said(page).startswith("A on")
    page.keyboard.press("End")
    assert page.locator(".wl-count").text_content() == "step 6 of 6"
    page.keyboard.press("ArrowRight")  # there is no further
    assert page.locator(".wl-count").text_content() == "step 6 of 6"
    page.keyboard.press("Home")
    assert page.locator(".wl-count").text_content() == "step 0 of 6"


def test_the_value_the_hands_and_the_lines_are_those_of_the_step(replay):
    page = replay()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    cards = page.locator(".wl-card")
    assert "in hand: 0" in cards.nth(0).text_content()
    assert "in hand" not in cards.nth(1).text_content()
    assert "1written by B" in page.locator(".wl-store").text_content()
    lines = page.locator(".wl-line")
    assert lines.nth(0).locator(".wl-badge").all_text_contents() == ["A"]
    assert lines.nth(1).locator(".wl-badge").all_text_contents() == ["B"]


def test_the_answer_that_fits_no_order_is_called_out(replay):
    page = replay()
    page.keyboard.press("End")
    assert "no order of the requests fits this answer" in said(page)
    assert page.locator(".wl-say[data-breaks]").count() == 1
    assert page.locator("button.wl-row[data-breaks]").count() == 1
    assert "fits no order" in page.locator(".wl-card").nth(0).text_content()
    assert "fits no order" not in page.locator(".wl-card").nth(1).text_content()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".wl-say[data-breaks], .wl-card[data-breaks]").count() == 0


def test_so_is_one_that_was_asked_for_afterwards(replay):
    report = {"task": "report", "method": "GET", "path": "/report", "worker": 4776, "status": 200}
    page = replay({**LOST, "requests": [*LOST["requests"], report], "breaks": "report"})
    page.keyboard.press("End")
    assert "Here it breaks: afterwards, GET /report" in said(page)
    assert page.locator(".wl-say[data-breaks]").count() == 1
    assert page.locator(".wl-outcome dd[data-breaks]").count() == 1


def test_a_button_and_a_step_can_be_clicked_and_keep_the_focus(replay):
    page = replay()
    page.get_by_role("button", name="next ▶").click()
    page.keyboard.press("Enter")  # the button has the focus still
    assert page.locator(".wl-count").text_content() == "step 2 of 6"
    page.get_by_role("button", name="step 5:").click()
    assert page.locator(".wl-count").text_content() == "step 5 of 6"
    assert page.locator("[aria-current=step]").count() == 1


def test_who_runs_on_after_its_answer_has_been_answered_still(replay):
    after = step("B", line=30, source="log(count)")
    page = replay({**LOST, "breaks": "B", "steps": [*LOST["steps"], after, write("A")]})
    states = page.locator(".wl-state")
    page.get_by_role("button", name="step 5:").click()
    assert states.all_text_contents() == ["runs", "✗ answered: fits no order"]
    page.get_by_role("button", name="step 7:").click()
    assert states.all_text_contents() == ["answered", "runs on after its answer"]
    page.get_by_role("button", name="step 8:").click()
    assert states.all_text_contents() == ["runs on after its answer", "✗ answered: fits no order"]
    assert "200" in page.locator(".wl-card").nth(1).text_content()


@pytest.mark.parametrize("pane", [".wl-listing", ".wl-steps"])
def test_keys_go_on_from_a_pane_that_has_the_focus(replay, pane):
    page = replay()
    page.locator(pane).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator(".wl-count").text_content() == "step 2 of 6"


def test_the_small_picture_is_dragged_through(replay):
    page = replay()
    box = page.locator(".wl-lanes i").nth(4).bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.down()
    assert page.locator(".wl-count").text_content() == "step 5 of 6"
    page.mouse.move(page.locator(".wl-lanes i").nth(1).bounding_box()["x"] + 2, box["y"])
    page.mouse.up()
    assert page.locator(".wl-count").text_content() == "step 2 of 6"
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    assert page.locator(".wl-count").text_content() == "step 2 of 6"
    page.keyboard.press("ArrowRight")  # the player has the focus
    assert page.locator(".wl-count").text_content() == "step 3 of 6"


def test_nothing_of_a_file_becomes_part_of_the_page(replay):
    steps = [step("A", line=1, source=EVIL, read=EVIL), step("B", line=2, source="x", wrote=EVIL)]
    page = replay({"steps": steps, "expected": EVIL, "actual": EVIL})
    page.keyboard.press("End")
    assert page.locator("img").count() == 0
    assert EVIL in page.locator(".wl-outcome").text_content()


@pytest.mark.parametrize(
    "width",
    [
        pytest.param(1280, marks=pytest.mark.nightly),
        pytest.param(800, marks=pytest.mark.nightly),
        360,
    ],
)
def test_it_fits_and_is_accessible(replay, theme, width, scan, shot):
    page = replay(theme=theme, width=width)
    page.keyboard.press("ArrowRight")
    scan(page)
    page.keyboard.press("End")
    scan(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, "player")
