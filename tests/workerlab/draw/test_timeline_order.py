"""The longest order that works, drawn: place and moment of each request, and the response that is out."""

from __future__ import annotations

import math
import random
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from workerlab.draw import timeline_svg, timeline_text
from workerlab.draw.timeline_layout import timeline_of
from workerlab.draw.timeline_order import Order, points
from workerlab.draw.words import cells
from workerlab.history import Event, History
from workerlab.linearizability.check import check
from workerlab.models.counter import counter, counter_operations


def increment(start: float, end: float | None, count: int | None, pid: int | None = 1, path=None):
    answer = {} if end is None else {"status": 200, "output": {"count": count}}
    return Event(0, "POST", path or "/increment", None, start, end, pid=pid, **answer)


def burst_of(size: int, clients: int, seed: int = 3, loses: int | None = None) -> History:
    """What clients see of a counter; increment number `loses` answers what the one before did."""
    rng, free, moments = random.Random(seed), [0.0] * clients, []
    for _ in range(size):
        client = free.index(min(free))
        called = free[client] + rng.random()
        free[client] = called + rng.uniform(2, 9)
        moments.append((rng.uniform(called, free[client]), called, free[client]))
    events, count = [], 0
    for number, (_, called, returned) in enumerate(sorted(moments)):
        count += number != loses
        events.append(increment(called, returned, count, pid=100 + number % 5))
    return History(sorted(events, key=lambda event: event.called))


def found(history: History):
    return check(counter_operations(history), counter)


@pytest.mark.parametrize("seed", range(20))
def test_every_moment_is_in_its_bar_and_none_goes_back(seed: int) -> None:
    history = burst_of(60, 12, seed)
    order = [operation.event for operation in found(history).order]
    moments = points(order)
    assert len(moments) == 60
    assert all(one < other for one, other in pairwise(moments))
    for event, moment in zip(order, moments, strict=True):
        assert event.called <= moment <= event.returned


def test_a_request_without_an_answer_has_its_moment_among_the_others() -> None:
    order = [increment(0, None, None), increment(1, 3, 2), increment(2, None, None)]
    moments = points(order)
    assert 0 <= moments[0] < moments[1] <= 3
    assert moments[2] >= 2
    assert all(math.isfinite(moment) for moment in moments)


def test_bars_that_only_touch_share_a_moment() -> None:
    assert points([increment(1, 2, 1), increment(0, 1, 2)]) == [1, 1]


def numbered(picture) -> dict[int, int]:
    """Which answer has which number."""
    return {bar.number: bar.event.output["count"] for bar in picture.in_order()}


def test_each_request_of_the_order_has_its_number_and_the_first_illegal_none() -> None:
    history = History(
        [increment(0, 3, 2), increment(0, 3, 1), increment(1, 5, 2), increment(4, 6, 4)]
    )
    picture = timeline_of(history, found(history))
    assert numbered(picture) == {1: 1, 2: 2}
    (first_illegal,) = [bar for lane in picture.lanes for bar in lane.bars if bar.first_illegal]
    assert first_illegal.number is None
    assert "where only 3 fits" in picture.complaint
    assert picture.complaint.endswith("(number\u00a02)"), "the one that had the answer before"
    assert picture.finding == "the longest order that works has 2 of 4"


def test_a_large_burst_is_shown_round_the_first_illegal() -> None:
    history = burst_of(240, 24, loses=120)
    result = found(history)
    picture = timeline_of(history, result, most=40, most_tracks=40)
    bars = [bar for lane in picture.lanes for bar in lane.bars]
    assert len(bars) == 40
    assert [bar.event for bar in bars if bar.first_illegal] == [result.first_illegal.event]
    assert [bar.event for bar in bars if bar.twin] == [result.twin.event]
    numbers = [bar.number for bar in picture.in_order()]
    assert numbers[-10:] == [*range(len(result.order) - 9, len(result.order) + 1)]
    beside = [bar.event for bar in bars if not bar.number and not bar.first_illegal]
    assert beside, "those that are not placed are shown, too"
    assert all(event.called <= result.first_illegal.event.returned for event in beside)
    assert picture.note.startswith("40 of 240 requests drawn: the end of the order")


def test_an_order_that_fits_is_numbered_from_its_beginning() -> None:
    history = burst_of(90, 9)
    picture = timeline_of(history, found(history), most=30)
    assert [*numbered(picture)] == [*range(1, 31)]
    assert picture.complaint == ""
    assert "one order fits all answers" in timeline_svg(history, found(history))
    assert "one order fits all answers" in timeline_text(history, 100, found(history))


def test_the_svg_shows_number_moment_and_first_illegal() -> None:
    history = burst_of(240, 24, loses=120)
    result = found(history)
    svg = timeline_svg(history, result)
    root = ElementTree.fromstring(svg)
    shown = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert str(len(result.order)) in shown
    assert "✗" in shown
    assert re.search(r'fill="url\(#\w+h3\)"', svg), "the first illegal operation is hatched"
    assert svg.count(f"number {len(result.order)} of the order") == 1, "the bar says it"
    assert "fits no place in the order: increment answered" in svg
    assert f"the longest order that works has {len(result.order)} of 240" in shown[0]
    wide, high = float(root.get("width")), float(root.get("height"))
    for element in root.iter("{http://www.w3.org/2000/svg}text"):
        assert 0 <= float(element.get("x")) <= wide and 0 < float(element.get("y")) <= high


def test_no_number_lies_on_an_answer_however_short_its_bar() -> None:
    """Thirty bars of a few pixels, beside one that takes all the time."""
    quick = [increment(9 + n / 100, 9.005 + n / 100, n + 1) for n in range(30)]
    history = History([*quick, increment(9.4, 9.5, 30), increment(0, 10, 31, pid=2)])
    root = ElementTree.fromstring(timeline_svg(history, found(history)))
    signs = [
        (float(e.get("x")), float(e.get("y")) + 8, float(e.get("width")))
        for e in root.iter("{http://www.w3.org/2000/svg}rect")
        if e.get("rx") == "8" and e.get("height") == "16"
    ]
    answers = [
        (float(e.get("x")), float(e.get("y")) - 4)
        for e in root.iter("{http://www.w3.org/2000/svg}text")
        if "11.5px" in (e.get("style") or "") and not e.get("text-anchor")
    ]
    assert len(signs) >= 30 and len(answers) >= 30
    for x, y, width in signs:
        for left, middle in answers:
            touches = abs(middle - y) < 8 and x - 14 < left < x + width
            assert not touches, f"a sign at {x} {y} and an answer at {left} {middle}"


def test_a_long_answer_stays_on_the_sheet() -> None:
    long = [increment(0, 5, 1), increment(0, 9, "ninety-nine times"), increment(8, 9, 2)]
    root = ElementTree.fromstring(timeline_svg(History(long), found(History(long))))
    for element in root.iter("{http://www.w3.org/2000/svg}text"):
        if "ninety" in element.text and element.get("text-anchor") != "middle":
            size = 7 * len(element.text) * (element.get("text-anchor") != "end")
            assert float(element.get("x")) + size <= float(root.get("width"))


def test_the_text_says_the_same() -> None:
    history = burst_of(240, 24, loses=120)
    result = found(history)
    text = timeline_text(history, 100, result)
    assert max(map(cells, text.splitlines())) <= 100
    last = len(result.order)
    assert f"#{last}→{result.order[-1].output}" in text
    assert "●" in text and "┣✗" in text
    told = text[text.index("the longest order") :].splitlines()
    assert told[0] == f"the longest order that works has {last} of 240 requests; it ends with"
    assert told[-2].split()[0] == f"#{last}"
    assert told[-1].split()[0] == "✗"
    assert f"worker {result.first_illegal.event.pid}" in told[-1]


def test_the_one_that_had_the_response_before_is_named_though_it_was_long_ago() -> None:
    late = [increment(0, 9, 1, 3), *(increment(n / 9, 9, n, 2) for n in range(1, 20))]
    text = timeline_text(History(late), 100, found(History(late)))
    told = text[text.index("it ends with") :].splitlines()[1:]
    assert [line.split()[0] for line in told] == ["#1", *(f"#{n}" for n in range(12, 20)), "✗"]


def test_what_has_no_order_has_no_numbers() -> None:
    history = burst_of(9, 3)
    for found_nothing in (None, history[3]):
        picture = timeline_of(history, found_nothing)
        assert picture.in_order() == [] and picture.finding == ""
        assert "#" not in timeline_text(history, 100, found_nothing)


def test_operations_without_an_http_request_have_no_bars() -> None:
    from workerlab.models.base import Operation

    lone = check([Operation(("increment",), 7, 0.0, 1.0)], counter)
    assert Order.of(lone) == Order()
    assert timeline_text(burst_of(3, 1), 80, lone) == timeline_text(burst_of(3, 1), 80)
