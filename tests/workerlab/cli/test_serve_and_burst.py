"""`workerlab serve` and `workerlab burst` on an app that works."""

from __future__ import annotations

import re
import subprocess
from http.client import HTTPConnection
from xml.etree import ElementTree

import pytest
from homes import LAB, LOCKED, Home, interrupt

from workerlab.described_burst import NOTHING_TO_COUNT, seen_in
from workerlab.history import Event, History

APP = f"labs/{LAB}/app.py"
TALKS = (
    LOCKED + "\n\n@app.get('/talk')\nasync def talk():\n    print('somebody spoke')\n    return 1\n"
)


def served(home: Home, *arguments: str) -> tuple[subprocess.Popen, int, str]:
    """Start a server; its process, its port, and what it said until it was ready."""
    process = home.start("serve", *arguments)
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("its log"):
            return process, int(re.search(r"http://127\.0\.0\.1:(\d+)", said)[1]), said
    raise AssertionError(said + process.stderr.read())


@pytest.mark.further
def test_serve_has_a_line_for_each_worker_and_passes_the_log_on(home: Home) -> None:
    home.app.write_text(TALKS)
    process, port, said = served(home, APP, "--workers", "2")
    assert len(re.findall(r"^ +worker \d+$", said, re.MULTILINE)) == 2
    line = HTTPConnection("127.0.0.1", port, timeout=30)
    line.request("GET", "/talk")
    assert line.getresponse().read() == b"1"
    line.close()
    for spoken in process.stdout:
        if "somebody spoke" in spoken:
            break
    else:
        raise AssertionError(process.stderr.read())
    again = home.run("serve", APP, "--port", str(port))
    assert again.returncode == 2
    assert f"port {port} is already in use" in again.stderr
    sent = home.run("burst", f"http://127.0.0.1:{port}", "--requests", "40", "--clients", "4")
    assert sent.returncode == 0, sent.stderr
    assert "40 more than before: none is missing" in sent.stdout
    assert interrupt(process)[0] == 130
    assert home.left() == []


def test_serve_starts_a_store_for_the_app(home: Home) -> None:
    home.app.write_text("import os\nos.environ['REDIS_URL']\n" + LOCKED)
    process, _, said = served(home, APP, "--workers", "1", "--with", "redis")
    assert re.search(r"REDIS_URL=redis://127\.0\.0\.1:\d+/0", said)
    assert interrupt(process)[0] == 130
    assert home.left() == []


def test_a_burst_is_shown_counted_and_written_down(home: Home) -> None:
    home.app.write_text(LOCKED)
    files = ("--json", "burst.jsonl", "--svg", "burst.svg")
    done = home.run("burst", APP, "--workers", "2", "--requests", "60", *files)
    assert done.returncode == 0, done.stderr
    assert "60 requests from 40 clients" in done.stdout
    assert "60 increments answered" in done.stdout
    history = History.read(home.folder / "burst.jsonl")
    assert len(history) == 60
    assert len(history.by_pid()) == 2
    assert ElementTree.parse(home.folder / "burst.svg").getroot().tag.endswith("svg")
    assert home.left() == []


def increments(*counts: object) -> History:
    return History(
        Event(n, "POST", "/increment", None, n, n + 0.5, 200, {"count": count}, 1)
        for n, count in enumerate(counts)
    )


@pytest.mark.parametrize(
    ("counts", "before", "after", "told"),
    [
        ((1, 2, 3), {1: 0, 2: 0}, {1: 3, 2: 3}, "none is missing"),
        ((1, 1, 2), {1: 0, 2: 0}, {1: 2, 2: 2}, "1 missing"),
        ((1, 1, 2), {1: 0, 2: 0}, {1: 2, 2: 2}, "1 of them with a count that another one"),
        ((1, 1, 2), {1: 0, 2: 0}, {1: 2, 2: 2}, "no order of the requests fits their answers"),
        ((1, 2, 1), {1: 0, 2: 0}, {1: 2, 2: 1}, "the workers report different counts: 1, 2"),
        ((8, 9), {1: 7}, {1: 9}, "2 more than before: none is missing"),
        ((1,), {1: 0}, {1: 3}, "2 more than were answered"),
        ((1, 2), {}, {}, NOTHING_TO_COUNT),
        (([1], {}, None, "2"), {1: 0}, {1: 4}, "none is missing"),
    ],
)
def test_what_a_burst_comes_to(counts: tuple, before: dict, after: dict, told: str) -> None:
    assert told in "\n".join(seen_in(increments(*counts), before, after).words)


def test_after_a_reset_nothing_is_said_to_be_missing() -> None:
    history = increments(1, 2, 1)
    history.insert(2, Event(9, "POST", "/reset", None, 1.6, 1.7, 200, {"count": 0}, 1))
    words = seen_in(history, {1: 0}, {1: 1}).words
    assert words == ["3 increments answered"]
