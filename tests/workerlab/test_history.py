"""Events and histories: what is unknown stays unknown, and the disk keeps everything."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workerlab.errors import BadUsage
from workerlab.history import Event, History

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v, max_size=2)
)
events = st.builds(
    Event,
    client=st.integers(0, 99) | st.text(max_size=3),
    method=st.sampled_from(["GET", "POST"]),
    path=st.text(max_size=9),
    input=json_values,
    called=st.floats(0, 1e6),
    returned=st.none() | st.floats(0, 1e6),
    status=st.none() | st.integers(100, 599),
    output=json_values,
    pid=st.none() | st.integers(1, 9),
    error=st.none() | st.text(max_size=9),
)


@given(st.lists(events, max_size=4))
def test_the_disk_gives_back_what_was_written(tmp_path_factory, some):
    path = tmp_path_factory.mktemp("histories") / "history.jsonl"
    History(some).write(path)
    assert History.read(path) == some
    assert len(path.read_bytes().splitlines()) == len(some)


@given(st.lists(events, max_size=9))
def test_every_event_is_answered_or_unknown_and_has_one_worker(some):
    history = History(some)
    assert len(history.answered) + len(history.unknown) == len(history)
    shares = history.by_pid()
    assert sum(map(len, shares.values())) == len(history)
    assert list(shares) == sorted(shares, key=lambda pid: (pid is None, pid))
    assert all(type(share) is History for share in shares.values())
    assert repr(history)


@pytest.mark.parametrize(
    ("line", "why"),
    [("{", "Expecting"), ('{"clinet": 1}', "clinet"), ("[1]", "mapping"), ('{"client": 1}', "")],
)
def test_a_line_that_is_no_event_is_named(tmp_path, line, why):
    path = tmp_path / "history.jsonl"
    path.write_text(json.dumps({"client": 0, "method": "GET", "path": "/"}) + "\n" + line)
    with pytest.raises(BadUsage, match=r"^line 2 of .*history.jsonl is not an event") as caught:
        History.read(path)
    assert why in caught.value.details


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_bad_usage(tmp_path, content):
    path = tmp_path / "history.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadUsage, match="cannot read the history"):
        History.read(path)


def test_only_a_2xx_answer_is_ok():
    assert Event(0, "GET", "/", status=204).ok
    assert not Event(0, "GET", "/", status=302).ok
    assert not Event(0, "GET", "/").ok


def test_without_a_connection_nothing_was_sent():
    assert not Event(0, "POST", "/increment", error="ConnectError").sent
    assert Event(0, "POST", "/increment", error="ReadTimeout").sent


def test_it_shows_the_responses_of_each_worker():
    answers = [(4711, 1), (4711, 2), (4712, 1)]
    history = History(
        Event(client, "POST", "/increment", None, 0.1, 0.5, 200, {"count": n}, pid)
        for client, (pid, n) in enumerate(answers)
    )
    history.append(Event(0, "POST", "/increment", called=0.2, error="ReadTimeout"))
    assert repr(history).splitlines() == [
        "4 requests from 3 clients in 0.40 s, 1 never answered (outcome unknown)",
        '  worker 4711         2  ████████████████████████  last answer 200 {"count": 1}',
        '  worker 4712         1  ████████████              last answer 200 {"count": 1}',
        "  no worker named     1  ████████████",
    ]
    assert repr(History()) == "a history of no requests"


@pytest.mark.parametrize(
    ("path", "status", "location", "done"),
    [
        ("/r/abc", 307, "https://example.org", True),
        ("/letters", 303, "/letters/7", True),
        ("/letters", 307, "http://127.0.0.1:8000/letters/", False),
        ("/letters?page=2", 308, "/letters/?page=2", False),
        ("/letters", 302, "/login?next=/letters", False),
        ("/letters", 302, "/accounts/user_sign-in", False),
        ("/letters", 302, "https://example.org/oauth2/start", False),
        ("/books", 303, "/authors/5", True),
        ("/posts", 303, "/blogindex", True),
        ("/letters", 304, "", False),
        ("/letters", 201, "/letters/7", True),
        ("/letters", 422, "", False),
    ],
)
def test_a_request_that_leads_on_is_done(path, status, location, done):
    headers = {"location": location} if location else {}
    assert Event("A", "POST", path, status=status, headers=headers).done is done
