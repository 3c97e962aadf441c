"""What of a response is compared, and what its reader leaves out."""

import pytest

from workerlab.errors import BadUsage
from workerlab.history import Event
from workerlab.stepping.searching.outcome import (
    ANYTHING,
    KEYS,
    differences,
    ignoring,
    outcome_of,
    pattern_of,
    value_at,
    without,
)

HEADERS = {
    "content-type": "application/json",
    "date": "now",
    "server": "uvicorn",
    "etag": '"1"',
    "retry-after": "59",
    "set-cookie": "sid=1; Path=/\ntheme=dark",
    "x-process-time": "0.1",
}

DRAWN = {"a": "tea", "b": "milk"}, {"c": "tea", "d": "milk"}, {"e": "tea"}


def test_headers_that_mean_something_are_compared():
    said = outcome_of(
        [Event("A", "GET", "/", returned=1.0, status=200, output={}, headers=HEADERS)]
    )
    assert said["A"] == [
        200,
        {},
        {
            "content-type": "application/json",
            "etag": '"1"',
            "retry-after": "is there",
            "set-cookie": "sid, theme",
        },
    ]


@pytest.mark.parametrize(
    ("body", "compared"),
    [
        ('{"id": 1}\n\n{"id": 2}\n', [{"id": 1}, {"id": 2}]),
        ('{"id": 1}\nand more\n', '{"id": 1}\nand more\n'),
        ("id,n\n1,2\n", "id,n\n1,2\n"),
        ("1\n2\n", "1\n2\n"),
    ],
)
def test_lines_of_json_are_compared_as_their_list(body, compared):
    said = outcome_of([Event("A", "GET", "/", returned=1.0, status=200, output=body)])
    assert said["A"] == [200, compared, {}]


def test_of_keys_that_are_drawn_their_number_is_compared():
    one, other, less = ({"all": [200, {"n": 1, "rows": rows}, {}]} for rows in DRAWN)
    (place,) = differences(one, other)
    assert place == ("all", 1, "rows", KEYS)
    assert value_at(other, place) == ["c", "d"]
    assert without(one, [place]) == without(other, [place]) != without(less, [place])
    assert [*differences(one, less)] == [("all", 1, "rows")]
    headers = [{"A": [200, "", {name: "x"}]} for name in ("etag", "link")]
    assert [*differences(*headers)] == [("A", 2)], "a header is no id"


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("$.id", {"id": ANYTHING, "items": [{"id": 2, "n": 1}, {"id": 3, "n": 1}]}),
        ("$.items[1].id", {"id": 1, "items": [{"id": 2, "n": 1}, {"id": ANYTHING, "n": 1}]}),
        ("$.items[*].id", {"id": 1, "items": [{"id": ANYTHING, "n": 1}, {"id": ANYTHING, "n": 1}]}),
        ("$..id", {"id": ANYTHING, "items": [{"id": ANYTHING, "n": 1}, {"id": ANYTHING, "n": 1}]}),
        ("$['items']", {"id": 1, "items": ANYTHING}),
        ("$.items.id", {"id": 1, "items": [{"id": 2, "n": 1}, {"id": 3, "n": 1}]}),
        ("$", ANYTHING),
    ],
)
def test_a_json_path_leaves_out(path, left):
    body = {"id": 1, "items": [{"id": 2, "n": 1}, {"id": 3, "n": 1}]}
    outcome = {"A": [200, body, {"etag": "x"}], "report": [404, "text", {}]}
    after = ignoring(outcome, [path])
    assert after["A"] == [200, left, {"etag": "x"}]
    assert after["report"] == [404, ANYTHING if path == "$" else "text", {}]


def test_a_header_is_left_out_by_its_name():
    outcome = {"A": [200, {}, {"etag": "x"}], "B": [200, {}, {}]}
    assert ignoring(outcome, ["ETag"]) == {"A": [200, {}, {"etag": ANYTHING}], "B": [200, {}, {}]}


@pytest.mark.parametrize("text", ["", "$.", "$.a[", "a.b", "$x", "$[a]"])
def test_what_is_no_place_is_refused(text):
    with pytest.raises(BadUsage, match="is neither a place in JSON nor the name of a header"):
        pattern_of(text)
