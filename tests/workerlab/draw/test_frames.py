"""The frames of the player: what holds after each step of a schedule."""

import json
from pathlib import Path

import pytest

from workerlab.draw.frames import frames_of

TRACES = Path(__file__).parents[3] / "notebooks/figures/traces"


def step(task, kind="call", worker=None, **values):
    return {
        "task": task,
        "worker": worker or {"A": 1, "B": 2, "C": 3}[task],
        "kind": kind,
        **values,
    }


def read(task, value="0", **more):
    return step(task, line=9, source="n = store.get()", read=value, file="app.py", **more)


def write(task, value="1", **more):
    return step(task, line=10, source="store.set(n + 1)", wrote=value, file="app.py", **more)


LOST = {
    "program": "POST /increment | POST /increment",
    "steps": [
        read("A", preempted=True),
        read("B"),
        write("B"),
        step("B", "response", source='200 {"count": 1}'),
        write("A"),
        step("A", "response", source='200 {"count": 1}'),
    ],
    "requests": [
        {"task": "A", "method": "POST", "path": "/increment", "worker": 1, "status": 200},
        {"task": "B", "method": "POST", "path": "/increment", "worker": 2, "status": 200},
        {"task": "report", "method": "GET", "path": "/report", "worker": 1, "status": 200},
    ],
    "expected": "report 2",
    "actual": "report says 1",
    "breaks": "A",
}


def told(data, key):
    return [frame[key] for frame in data["frames"]]


def test_each_frame_says_where_every_request_is():
    data = frames_of(LOST)
    assert [line["line"] for line in data["lines"]] == [9, 10]
    assert told(data, "column") == [0, 1, 1, 1, 0, 0]
    assert told(data, "states")[0] == ["runs", "not begun"]
    assert told(data, "states")[3] == ["runs", "answered"]
    assert told(data, "states")[5] == ["answered", "answered"]
    assert told(data, "hands")[:3] == [["0", None], ["0", "0"], ["0", None]]
    assert told(data, "places") == [[0, None], [0, 0], [0, 1], [0, None], [1, None], [None, None]]
    assert data["frames"][0]["preempted"]


def test_the_last_value_is_what_a_request_read_or_wrote():
    last = told(frames_of(LOST), "last")
    assert last[0] == {"value": "0", "how": "read", "column": 0}
    assert last[2] == last[3] == {"value": "1", "how": "written", "column": 1}


def test_that_a_write_was_done_is_not_a_value():
    last = told(frames_of({"steps": [read("A", "7"), read("A", "True")]}), "last")
    assert [one["value"] for one in last] == ["7", "7"]


def test_the_answer_that_fits_no_order_is_marked_once():
    data = frames_of(LOST)
    assert told(data, "breaks") == [False] * 5 + [True]
    assert data["frames"][5]["say"].startswith("Here it breaks: A on worker 1 is answered")
    assert data["breaks_after"] is None


def test_it_may_be_one_that_was_asked_for_afterwards():
    data = frames_of({**LOST, "breaks": "report"})
    assert not any(told(data, "breaks"))
    assert data["breaks_after"] == 0
    assert data["after"][0].startswith("GET /report")
    assert "Here it breaks: afterwards, GET /report" in data["frames"][-1]["say"]


def test_of_several_equal_requests_the_right_one_is_marked():
    asked = [
        {"task": "settings", "method": "GET", "path": "/settings", "worker": w} for w in (8, 9)
    ]
    requests = [*LOST["requests"][:2], *asked]
    trace = {**LOST, "requests": requests, "breaks": "settings", "breaks_worker": 9}
    assert frames_of(trace)["breaks_after"] == 1


def test_a_waiting_request_waits_for_the_one_that_can_go_on():
    steps = [read("A"), read("B", preempted=True), step("A", "blocked", note="waits"), write("B")]
    frames = frames_of({"steps": steps})["frames"]
    assert frames[2]["states"] == ["waits", "runs"]
    assert frames[2]["waits_for"] == [1, None]
    assert "only B can go on" in frames[2]["say"]


def test_of_two_that_could_go_on_none_is_named():
    steps = [read("A"), read("B"), read("C"), step("A", "blocked", note="waits")]
    frame = frames_of({"steps": steps})["frames"][-1]
    assert frame["states"] == ["waits", "runs", "runs"]
    assert frame["waits_for"] == [None, None, None]


def test_a_killed_worker_has_nothing_in_hand():
    steps = [read("A"), step("A", "killed", note="killed before line 10")]
    frame = frames_of({"steps": steps})["frames"][-1]
    assert (frame["states"], frame["hands"], frame["places"]) == (["killed"], [None], [None])


def test_nothing_at_all_is_a_picture_too():
    data = frames_of({})
    assert (data["columns"], data["frames"], data["lines"]) == ([], [], [])


@pytest.mark.parametrize("path", sorted(TRACES.glob("*.json")), ids=lambda path: path.stem)
def test_every_recorded_schedule_has_frames_that_json_takes(path):
    trace = json.loads(path.read_text())
    if isinstance(trace, dict) and "steps" in trace:
        data = json.loads(json.dumps(frames_of(trace)))
        assert len(data["frames"]) >= len(data["columns"]) > 0
        assert all(len(frame["states"]) == len(data["columns"]) for frame in data["frames"])
