"""A burst as text and as SVG: the response of each worker, when, and which one does not fit."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from workerlab.draw import timeline, timeline_svg, timeline_text
from workerlab.draw.words import cells
from workerlab.history import Event, History
from workerlab.linearizability.check import check
from workerlab.models.counter import counter_operations
from workerlab.models.registry import MODELS

SVG = "{http://www.w3.org/2000/svg}"


def increment(start: float, end: float | None, count: int | None, pid: int | None = 1, **more):
    answer = (
        {"status": 200, "output": {"count": count}} if end is not None else {"error": "Timeout"}
    )
    return Event(0, "POST", "/increment", None, start, end, pid=pid, **answer | more)


def burst(size: int, workers: int = 2) -> History:
    return History(
        increment(n / 100, n / 100 + 0.02, n, pid=100 + n % workers) for n in range(size)
    )


def bars(svg: str) -> list[tuple[float, float]]:
    """Left and right end of each bar."""
    found = re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"[^>]*opacity="0.3"', svg)
    return [(float(x), float(x) + float(width)) for x, width in found]


def test_a_lane_a_worker_and_time_to_the_right():
    history = History([increment(0, 1, 1, pid=11), increment(1, 2, 2, pid=12)])
    assert timeline_text(history, width=60).splitlines() == [
        "                │0 s      │0.5      │1         │1.5      │2",
        " worker 11      ├1──────────────────┤",
        " 1 request",
        " worker 12                          ├2───────────────────┤",
        " 1 request",
        "                ├──┤ POST /increment",
    ]


def test_bars_are_as_long_as_their_requests_and_in_their_order():
    svg = timeline_svg(History([increment(0, 1, 1), increment(2, 4, 2)]))
    (start, end), (later, last) = bars(svg)
    assert start < end < later < last
    assert last - later == pytest.approx(2 * (end - start), rel=0.02)


def test_requests_at_the_same_time_never_lie_on_each_other():
    svg = timeline_svg(History([increment(0, 3, n, pid=7) for n in range(5)]))
    tops = re.findall(r'<rect x="[\d.]+" y="([\d.]+)" width="[\d.]+"[^>]*opacity="0.3"', svg)
    assert len(set(tops)) == 5


def test_an_answer_that_never_came_stays_open():
    history = History([increment(0, 1, 1), increment(0.5, None, None)])
    assert "├?╌" in timeline_text(history) and "▷" in timeline_text(history)
    assert "? never answered" in timeline_svg(history)
    assert "1 never answered" in timeline_svg(history)


def test_the_answer_that_does_not_fit_says_why():
    history = History([increment(0, 1, 1, pid=1), increment(2, 3, 1, pid=2)])
    result = check(counter_operations(history), MODELS["counter"])
    assert result.ok is False
    for face in (timeline_text(history, first_illegal=result), timeline_svg(history, result)):
        assert result.reason.split(":")[0][:20] in face
    assert "┣" in timeline_text(history, first_illegal=result)


def test_an_answer_of_several_values_has_no_label_that_looks_like_all_others():
    several = increment(0, 1, 1, output={"worker": 1, "parent": 2})
    assert '{"worker"' not in timeline_text(History([several]))


def test_a_refusal_shows_its_status():
    assert "503" in timeline_text(History([increment(0, 1, 1, status=503, output="away")]))


@pytest.mark.parametrize("size", [0, 1, 7, 64, 400, 3000])
@pytest.mark.parametrize("width", [60, 100])
def test_any_burst_fits(size, width):
    text = timeline_text(burst(size), width)
    assert max(map(cells, text.splitlines())) <= width
    root = ElementTree.fromstring(timeline_svg(burst(size)))
    wide, high = float(root.get("width")), float(root.get("height"))
    for element in root.iter(f"{SVG}text"):
        assert 0 <= float(element.get("x")) <= wide and 0 < float(element.get("y")) <= high


def test_what_is_left_out_is_said():
    assert "64 of 400 requests drawn" in timeline_text(burst(400), 120)


def test_it_fits_a_page_of_a_notebook():
    assert float(ElementTree.fromstring(timeline_svg(burst(9))).get("width")) <= 848


def test_a_path_cannot_break_the_drawing():
    evil = Event(0, "GET", "/</text><b>&\x1b[0m", None, 0, 1, 200, "<script>", 5)
    svg = timeline_svg(History([evil]))
    assert ElementTree.fromstring(svg) is not None and "\x1b" not in svg


def test_a_notebook_is_given_both_faces():
    bundle = timeline(burst(3))._repr_mimebundle_()
    assert bundle["text/plain"] == timeline_text(burst(3))
    assert bundle["image/svg+xml"].startswith("<svg")
