"""The result page in a browser: from a file, with nothing else; the player, the pictures, a scan."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from further import mostly_further
from playwright.sync_api import expect

from workerlab.draw.timeline_evidence import burst_evidence
from workerlab.grading.page.html import write_page
from workerlab.grading.result import CheckResult, LabResult, Report
from workerlab.history import Event, History
from workerlab.linearizability.check import check

EVIL = "</script></svg><img src=x onerror=alert(1)>\u202e\x1b[2J" + "x" * 3_000


def increment(n: int, count: int) -> Event:
    called, pid = 10 + n / 1e3, 4711 + n % 3
    return Event(
        n % 8, "POST", "/increment", None, called, called + 8e-3, 200, {"count": count}, pid
    )


# Sixty increments; the fortieth gets the response of the thirty-ninth.
BURST = History(increment(n, n + 1 - (n >= 39)) for n in range(60))


def step(task: str, line: int, source: str, **more: object) -> dict:
    place = {"task": task, "worker": 4711 + "AB".index(task), "file": "app.py", "line": line}
    return place | {"kind": "call", "source": source} | more


def schedule(source: str = 'count = int(await r.get("count") or 0)') -> dict:
    steps = [
        step("A", 24, source, read="0", preempted=True),
        step("B", 24, source, read="0"),
        step("B", 25, 'await r.set("count", count + 1)', wrote="1"),
        step("B", 0, '200 {"count": 1}', kind="response"),
        step("A", 25, 'await r.set("count", count + 1)', wrote="1"),
        step("A", 0, '200 {"count": 1}', kind="response"),
    ]
    return {
        "schedule": [*"ABBA"],
        "steps": steps,
        "program": "POST /increment | POST /increment",
        "placement": "two workers",
        "expected": "every order gives A 1, B 2 or A 2, B 1",
        "actual": "A is answered 1, B is answered 1",
        "breaks": "A",
        "seed": 1,
        "replayed": 3,
    }


def failed(id_: str, title: str, evidence: dict | None, message: str = "lost") -> CheckResult:
    return CheckResult(id_, title, "failed", 0.0, 2.0, message, "", {"schedules": 7}, evidence)


@pytest.fixture
def opened(new_page, tmp_path: Path):
    """opened(*checks, theme, width, scripts) -> the page of a report of these checks."""

    def open_it(*checks: CheckResult, theme: str = "light", width: int = 1280):
        path = tmp_path / "report.html"
        passed = CheckResult("starts", "Five workers start", "passed", 0.5, 0.5)
        write_page(Report("me", 1, [LabResult("lab08_redis", [passed, *checks], 10.0)]), path)
        page = new_page(theme, width)
        page.goto(path.as_uri())
        return page

    return open_it


@pytest.fixture
def losses() -> list[CheckResult]:
    found = check(BURST)
    assert found.ok is False
    return [
        failed(
            "no_lost_update", "No update is lost", schedule(), "A is answered 1, B is answered 1"
        ),
        failed("every_answer_fits_one_order", "All answers fit", burst_evidence(BURST, found)),
    ]


def test_the_player_of_a_loss_moves_by_key(opened, losses) -> None:
    page = opened(*losses, losses[0])
    players = page.locator(".wl-player")
    expect(players).to_have_count(2)
    second = players.nth(1)
    second.focus()
    page.keyboard.press("ArrowRight")
    expect(second.locator(".wl-count")).to_have_text("step 1 of 6")
    expect(second.locator(".wl-say")).to_contain_text("A on worker 4711, line 24")
    expect(players.nth(0).locator(".wl-count")).to_have_text("step 0 of 6")
    page.keyboard.press("End")
    expect(second.locator(".wl-say")).to_contain_text("no order of the requests fits this answer")


def test_the_player_takes_the_place_of_the_picture_and_the_burst_is_drawn(opened, losses) -> None:
    page = opened(*losses)
    expect(page.locator(".player svg")).to_have_count(0)
    burst = page.locator("figure svg")
    expect(burst).to_have_count(1)
    expect(burst).to_contain_text("the longest order that works has 46 of 60")
    expect(burst).to_contain_text("increment answered 39 where only 47 fits")


def test_a_check_in_the_table_leads_to_its_loss(opened, losses) -> None:
    page = opened(*losses)
    page.get_by_role("link", name="every_answer_fits_one_order").click()
    assert page.url.endswith("#lab08_redis-every_answer_fits_one_order")
    expect(page.locator("figure svg")).to_be_in_viewport()


def test_without_scripts_the_picture_and_the_words_are_there(browser, opened, losses) -> None:
    path = opened(*losses).url
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path)
    assert page.locator(".player svg").count() == 1
    assert page.locator(".wl-player").count() == 0
    page.locator("summary", has_text="The schedule in words").click()
    assert "preempted" in page.locator("details[open] pre").text_content()
    context.close()


def test_nothing_of_a_submission_comes_alive(opened) -> None:
    evil = schedule(EVIL) | {"expected": EVIL, "actual": EVIL}
    page = opened(failed("x", EVIL, evil, EVIL), failed("y", EVIL, burst_evidence(BURST), EVIL))
    expect(page.locator(".wl-player")).to_have_count(1)
    page.locator(".wl-player").focus()
    page.keyboard.press("End")
    assert page.locator("img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_the_policy_lets_no_other_script_run(browser, opened, losses) -> None:
    page = browser.new_page()  # unwatched: what is refused is reported in the console
    page.goto(opened(*losses).url)
    ran = page.evaluate(
        """() => new Promise((done) => {
            document.addEventListener("securitypolicyviolation", () => done("refused"), {once: true});
            const other = document.createElement("div");
            other.innerHTML = "<button onclick='document.title = 1'>x</button>";
            document.body.append(other);
            other.firstChild.click();
        })"""
    )
    page.close()
    assert ran == "refused"


@pytest.mark.further
def test_on_paper_it_is_light_and_the_schedule_is_whole(opened, losses, theme) -> None:
    page = opened(*losses, theme=theme)
    page.emulate_media(media="print")
    for look in ("article", ".wl-player", "figure svg .paper"):
        ground, ink = page.locator(look).first.evaluate(
            "e => { const s = getComputedStyle(e);"
            " return [e.matches('svg *') ? s.fill : s.backgroundColor, s.color]; }"
        )
        assert min(rgb(ground)) > 230, look
        assert max(rgb(ink)) < 60 or "svg" in look, look
    expect(page.locator(".wl-say")).to_be_hidden()
    rows = page.locator(".wl-steps")
    expect(rows).to_contain_text("preempted")
    assert rows.evaluate("e => e.scrollHeight <= e.clientHeight + 1"), "nothing is scrolled away"


def rgb(colour: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", colour)[:3]]


@pytest.mark.parametrize(
    "width",
    [
        pytest.param(1280, marks=pytest.mark.nightly),
        pytest.param(800, marks=pytest.mark.nightly),
        360,
    ],
)
def test_it_fits_and_is_accessible(opened, losses, theme, width, scan, shot) -> None:
    page = opened(*losses, failed("starts_again", "It starts", None), theme=theme, width=width)
    scan(page)
    page.locator(".wl-player").focus()
    page.keyboard.press("End")
    for summary in page.locator("summary").all():
        summary.click()
    scan(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, "report")


def all_classes() -> dict:
    """Two classes of one program, of which the second loses."""
    evidence = schedule()
    of_each = {"schedule": evidence["schedule"], "steps": evidence["steps"], "requests": []}
    serial, mixed = (
        "A reads · A writes · B reads · B writes",
        "A reads · B reads · B writes · A writes",
    )
    shown = [
        {"meets": serial.split(" · "), "loses": False, **of_each, "steps": evidence["steps"][1:4]},
        {"meets": mixed.split(" · "), "loses": True, **of_each},
    ]
    frame = {"program": evidence["program"], "placement": "two workers", "shown": shown}
    return {"classes": 2, "orders": 924, "provided": "", "ran_out": False, **frame}


@pytest.mark.parametrize("width", mostly_further([320, 1280], (320).__eq__))
def test_a_class_is_picked_and_played(opened, scan, theme: str, width: int) -> None:
    passed = CheckResult("no_lost_update", "No update is lost", "passed", 2.0, 2.0)
    passed.classes = [all_classes()]
    page = opened(passed, theme=theme, width=width)
    article = page.get_by_role("article")
    expect(article).to_contain_text(
        "complete for different workers: all 2 classes of the 924 orders"
    )
    expect(article.get_by_role("group", name="All 2 classes")).to_be_visible()
    player = article.get_by_role("group", name="replay")
    expect(player.locator(".wl-heading")).to_have_text("Class 1 of 2, two workers")
    expect(player.locator(".wl-count")).to_have_text("step 0 of 3")
    article.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowDown")  # as with any radio button
    expect(player.locator(".wl-heading")).to_have_text("Class 2 of 2, two workers")
    player.focus()
    page.keyboard.press("End")
    expect(player.locator(".wl-count")).to_have_text("step 6 of 6")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    scan(page)
