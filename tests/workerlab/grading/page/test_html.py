"""The page: nothing in it comes alive, it needs nothing from outside, and it stays small."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.grading import hints
from workerlab.grading.page.html import MOST_BYTES, page, write_page
from workerlab.grading.result import CheckResult, LabResult, Report

LAB = "lab50_small"
HOSTILE = [
    "</pre></details><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)' autofocus='",
    "</style><style>body{display:none}</style>",
    "</title></head><body><h1>10 of 10 points</h1>",
    "--></svg><svg onload=alert(1)>",
    "]]><script>alert(1)</script>",
    "&lt;script&gt;",
    "\u202egnp.exe\u2066 \x00\x1b[2J \ud800",
    "<a href='javascript:alert(1)'>x</a>",
]
VOID = {"meta", "img", "br", "link", "input", "hr"}
HTML_TAGS = {
    "html", "head", "meta", "title", "style", "body", "a", "header", "h1", "h2", "h3", "p", "code",
    "main", "section", "div", "span", "table", "caption", "thead", "tbody", "tr", "th", "td", "br",
    "article", "figure", "details", "summary", "pre", "ol", "li", "footer", "script",
}  # fmt: skip
SVG_TAGS = {
    "svg", "title", "desc", "style", "defs", "marker", "pattern", "path", "rect", "text", "g",
    "line", "circle", "tspan",
}  # fmt: skip


class Reader(HTMLParser):
    """Collects what a browser would build: tags, attributes, and the text of headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.headings: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append((tag, dict(attributes)))
        assert tag in HTML_TAGS | SVG_TAGS, f"<{tag}> has no place in the page"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self.open and self.open[-1] in ("h1", "h2", "h3"):
            self.headings.append(self.open[-1])


def evidence_with(text: str, steps: int = 2) -> dict:
    row = {
        "worker": 4711, "task": "A", "file": text, "line": 9, "source": text, "read": text,
        "wrote": None, "kind": "call", "preempted": True, "note": text,
    }  # fmt: skip
    rows = [row | {"task": "AB"[n % 2], "worker": 4711 + n % 2} for n in range(steps)]
    request = {"method": text, "path": text, "status": 200, "output": text}
    return {
        "schedule": ["A", "B"] * (steps // 2),
        "steps": rows,
        "program": text,
        "placement": text,
        "requests": [{"task": "A", "worker": 4711, **request}],
        "expected": text,
        "actual": text,
        "seed": 1,
        "replayed": 3,
    }


def report_with(text: str, *, checks: int = 1, steps: int = 2, labs: int = 1) -> Report:
    failed = [
        CheckResult(
            f"check_{n}", text, "failed", 0.0, 1.0, f"{text}\n{text}", f"SECRET {text}",
            {"schedules": 4}, evidence_with(f"{text}{n}", steps),
        )
        for n in range(checks)
    ]  # fmt: skip
    return Report(text, 1, [LabResult(f"lab{n:02}_x", failed, float(checks)) for n in range(labs)])


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_submission_says_becomes_markup(repository, text: str) -> None:
    plain = Reader(page(report_with("plain")))
    hostile = Reader(page(report_with(text)))
    assert not hostile.open, f"left open: {hostile.open}"
    count = [tag for tag, _ in hostile.tags]
    assert count.count("style") == [tag for tag, _ in plain.tags].count("style")
    scripts = [attributes for tag, attributes in hostile.tags if tag == "script"]
    assert scripts == [
        {"type": "application/json", "class": "player-data"},
        {"type": "module"},
    ]
    assert "img" not in count
    for tag, attributes in hostile.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), f"<{tag} {name}>"
            assert name not in ("autofocus", "src", "srcset", "action"), f"<{tag} {name}>"
            assert not (name == "href" and not value.startswith("#")), f"<{tag} {name}={value}>"
    page(report_with(text)).encode()  # no half characters, which no file can hold


def test_hostile_names_of_labs_and_checks(repository) -> None:
    for text in HOSTILE:
        check = CheckResult(text, text, text, 0.0, 1.0, text)
        reader = Reader(page(Report(text, 1, [LabResult(text, [check], 1.0)])))
        assert not reader.open


def test_it_needs_nothing_from_outside_and_says_so(repository) -> None:
    text = page(report_with("x"))
    assert "default-src 'none'" in text
    links = re.findall(r"https?://[^\"' <)]+", text)
    assert set(links) <= {"http://www.w3.org/2000/svg"}, "a name, which is not fetched"
    assert "url(" not in text.replace("url(#", "")
    assert "@import" not in text


def test_its_one_script_is_the_players_and_the_policy_knows_it(repository) -> None:
    text = page(report_with("x", checks=3))
    (script,) = re.findall(r'<script type="module">(.*?)</script>', text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.search(r'Security-Policy" content="([^"]*)"', text)[1]
    assert policy.endswith(f"; script-src 'sha256-{digest}'")
    assert text.count('<div class="player">') == text.count("application/json") == 3


def test_without_a_loss_there_is_no_script(repository) -> None:
    check = CheckResult("starts", "It starts", "failed", 0.0, 1.0, "it does not")
    text = page(Report("s", 1, [LabResult(LAB, [check], 1.0)]))
    assert "<script" not in text
    assert "script-src 'none'" in text


def test_what_is_for_instructors_stays_out(repository) -> None:
    assert "SECRET" not in page(report_with("x"))


@pytest.mark.further
@pytest.mark.parametrize(
    ("checks", "steps", "labs"), [(12, 400, 1), (12, 40, 15), (3, 1500, 1), (12, 2, 20)]
)
def test_it_stays_small(repository, checks: int, steps: int, labs: int) -> None:
    report = report_with("count = await store.get('count')", checks=checks, steps=steps, labs=labs)
    text = page(report)
    assert len(text.encode()) <= MOST_BYTES
    assert not Reader(text).open
    assert text.count("<tr>") == checks * labs + labs, "every check has its row"


def test_a_message_without_end_is_cut(repository) -> None:
    check = CheckResult("starts", "t", "failed", 0.0, 1.0, "x" * 5_000_000)
    assert len(page(Report("s", 1, [LabResult(LAB, [check], 1.0)]))) < 30_000


def test_it_can_be_read_without_seeing_it(repository) -> None:
    text = page(report_with("x", checks=2))
    reader = Reader(text)
    assert ("html", {"lang": "en"}) in reader.tags
    assert sum(tag == "h1" for tag, _ in reader.tags) == 1
    levels = [int(name[1]) for name in reader.headings]
    assert all(b - a <= 1 for a, b in pairwise(levels)), levels
    assert '<th scope="col"' in text
    assert '<th scope="row"' in text
    assert text.count("<figure") == text.count('role="img"') == text.count("The schedule in words")
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids)), "an id names one thing"


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2, 1 to 21."""

    def luminance(colour: str) -> float:
        colour = "".join(2 * c for c in colour[1:]) if len(colour) == 4 else colour[1:]
        parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_every_word_has_contrast_in_light_and_in_dark(repository) -> None:
    text = page(report_with("x"))
    light, dark = re.findall(r":root\{([^}]*)\}", text)[:2]
    for scheme in (light, dark):
        colours = dict(re.findall(r"--(\w+):(#[0-9a-f]+)", scheme))
        for ground in ("paper", "card"):
            for ink in ("ink", "soft", "good", "bad", "unsure", "link"):
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground, scheme)


def test_hints_that_were_read_are_shown_and_no_others(repository: Path) -> None:
    check = CheckResult("starts", "It starts", "failed", 0.0, 1.0, "it does not")
    report = Report("s", 1, [LabResult(LAB, [check], 1.0)])
    assert "one?" not in page(report)
    hints.climb(hints.ladder(LAB, "starts"))
    assert "one?" in page(report)
    assert "<li>two" not in page(report)


def burst_with(answers: list, path: str = "/increment") -> dict:
    """A burst in which all of these were answered at the same time; the last answer does not fit."""
    history = [
        {"client": n, "method": "POST", "path": path, "called": 0.0, "returned": 0.1 + n / 1e4,
         "status": 200, "output": {"count": answer}, "pid": 4711 + n % 5}
        for n, answer in enumerate(answers)
    ]  # fmt: skip
    last = len(answers) - 1
    return {"history": history, "order": [*range(last)], "first_illegal": last, "twin": 0,
            "reason": f"increment answered {answers[-1]} where only another fits"}  # fmt: skip


def report_of(*evidence: dict, labs: int = 1, message: str = "lost") -> Report:
    checks = [
        CheckResult(f"check_{n}", "All count", "failed", 0.0, 1.0, message, "", {}, one)
        for n, one in enumerate(evidence)
    ]
    return Report("s", 1, [LabResult(f"lab{n:02}_x", checks, 10.0) for n in range(labs)])


def test_a_burst_is_drawn_with_its_order_and_what_does_not_fit(repository) -> None:
    text = page(report_of(burst_with([1, 2, 3, 3])))
    assert "the longest order that works has 3 of 4" in text
    assert "increment answered 3 where only another fits" in text
    assert text.count('role="img"') == 1
    assert "The burst in words" in text
    assert "The schedule in words" not in text, "there was none"
    assert "workerlab replay" not in text, "chance cannot be run again"
    assert "<script" not in text, "a timeline needs none"
    assert not Reader(text).open


def test_a_burst_of_an_old_result_is_drawn_beside_its_schedule(repository) -> None:
    report = report_with("x")
    burst = burst_with([1, 2])["history"]
    report.labs[0].checks[0].evidence["history"] = burst
    text = page(report)
    assert "The burst in words" in text
    assert text.count('role="img"') == 2
    assert not Reader(text).open


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 3_000])
def test_nothing_that_a_burst_says_becomes_markup(repository, text: str) -> None:
    burst = burst_with([1, text, text], path=text)
    shown = page(report_of(burst | {"reason": text}))
    reader = Reader(shown)
    assert not reader.open
    tags = [tag for tag, _ in reader.tags]
    assert not {"script", "img"} & {*tags}
    assert not [name for _, attributes in reader.tags for name in attributes if name[:2] == "on"]
    assert not set(re.findall(r"[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]", shown))
    shown.encode()


@pytest.mark.parametrize("text", [*HOSTILE, "</ScRiPt >" * 300, "\u2028\u2029<!--<script>"])
def test_the_data_of_the_player_cannot_end_its_script(repository, text: str) -> None:
    shown = page(report_of(evidence_with(text)))
    (data,) = re.findall(r'class="player-data">(.*?)</script>', shown, re.DOTALL)
    assert not set("<>&\u2028\u2029\x00\x1b\u202e") & set(data)
    assert json.loads(data)["frames"]
    assert shown.count("<script") == shown.count("</script>") == 2


LONG = "count = int(await r.get('count')) # é" + "…<&\"'" * 600


@pytest.mark.parametrize("line", ["count = await r.get('count')", LONG])
def test_eleven_labs_with_every_check_failed_stay_small(repository, line: str) -> None:
    """Twelve checks a lab, each with a schedule of 40 steps and a burst of 240 requests."""
    evidence = evidence_with(line, 40) | burst_with([*range(1, 240), 7])
    report = report_of(*[evidence] * 12, labs=11, message=line)
    text = page(report)
    assert len(text.encode()) <= MOST_BYTES
    assert not Reader(text).open
    assert text.count("<tr>") == 12 * 11 + 11, "every check has its row"
    assert text.count("<article") == 12 * 11, "and its message"


def test_first_the_pictures_beside_a_player_go_then_players_and_words_last(repository) -> None:
    def shown(losses: int, steps: int = 12) -> tuple[int, int, int]:
        losing = [evidence_with(f"count = {n}", steps) for n in range(losses)]
        text = page(report_of(*losing))
        assert len(text.encode()) <= MOST_BYTES
        return tuple(text.count(part) for part in ("<figure", 'player-data">', "in words<"))

    assert shown(4) == (4, 4, 4), "all of it"
    assert shown(24) == (0, 24, 24), "a player each, and words for who has no scripts"
    for losses in (80, 110):
        figures, players, words = shown(losses)
        assert figures == 0 and 40 < players < losses and words == losses


def test_the_words_stand_where_the_player_comes_and_are_open(repository) -> None:
    text = page(report_of(*(evidence_with(f"count = {n}", 12) for n in range(24))))
    assert text.count('<div class="player"><details open><summary>The schedule in words') == 24


def test_a_place_that_cannot_be_written(repository: Path) -> None:
    with pytest.raises(BadUsage, match="cannot write"):
        write_page(report_with("x"), repository / "labs" / LAB / "app.py" / "page.html")
