"""Each anomaly by its name on a real app, and none for what only looks like one."""

from __future__ import annotations

import os

import pytest

from workerlab.draw import schedule_svg, schedule_text
from workerlab.draw.frames import frames_of
from workerlab.history import Event, History
from workerlab.stepping import search
from workerlab.stepping.controller.trace import Decision, Trace
from workerlab.stepping.program import Program
from workerlab.stepping.searching.anomaly import anomaly_of

TWO = ("two workers",)
INCREMENTS = "POST /increment | POST /increment"
COUNTER = {"before": "POST /reset", "after": "GET /report", "model": "counter"}


def anomaly_on(stepped, program: str, **frame) -> str | None:
    verdict = search(stepped, program, placements=frame.pop("placements", TWO), **frame)
    assert verdict.status == "failed", verdict
    return verdict.evidence.get("anomaly")


@pytest.fixture(scope="module")
def many(redis_service, tmp_path_factory):
    """The app with an endpoint for each anomaly, started once."""
    from conftest import HERE

    from workerlab.stepping import SteppedServer

    service, url = redis_service
    path = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    env = {"PLACE": url, "LOCKS": str(tmp_path_factory.mktemp("locks")), "PYTHONPATH": path}
    app = HERE / "apps/anomalies.py"
    with SteppedServer(app, env=env, services=[service.pid]) as stepped:
        yield stepped


@pytest.mark.parametrize(
    ("program", "after", "name"),
    [
        ("POST /withdraw | POST /withdraw", "GET /balance", "lost update"),
        ("POST /work | GET /on", "GET /on", "dirty read"),
        ("POST /move | GET /both", "GET /both", "fractured read"),
        ("POST /leave-a | POST /leave-b", "GET /both", "write skew"),
        ("POST /charge | POST /charge", "GET /paid", "double execution"),
        # what looks like one of them, and is another, or more than one
        ("POST /buy | POST /buy", "GET /seats", None),  # no value was overwritten
        ("POST /log-and-withdraw | POST /log-and-withdraw", "GET /balance", None),
        ("POST /work-on-hash | GET /hash", "GET /hash", None),  # which field is not told
        ("POST /move-slowly | GET /both", "GET /both", None),
        ("POST /leave-a-noted | POST /leave-b-noted", "GET /both", None),
    ],
)
def test_each_has_its_name(many, program: str, after: str, name: str | None) -> None:
    found = anomaly_on(many, program, before="POST /reset", after=after, model="serial")
    assert found == name


@pytest.mark.parametrize(
    ("app", "store"), [("six_gates", "redis"), ("six_gates", "memory"), ("six_gates", "sqlite")]
)
def test_a_lost_increment(stepped_app, app: str, store: str) -> None:
    assert anomaly_on(stepped_app(app, store=store), INCREMENTS, **COUNTER) == "lost update"


def test_a_lost_increment_in_one_worker(stepped_app) -> None:
    stepped = stepped_app("await_between", workers=1)
    found = anomaly_on(stepped, INCREMENTS, **COUNTER, placements=("one worker",))
    assert found == "lost update"


def test_a_worker_that_does_not_look_again(many) -> None:
    twice = COUNTER | {"after": "GET /report | GET /report"}  # of both workers
    assert anomaly_on(many, INCREMENTS, **twice) == "stale read"


@pytest.mark.further
@pytest.mark.parametrize(
    "way",
    [
        "swallows_a_refusal",
        "answers_too_late",
        "writes_a_cache_in_the_wrong_order",
        "counts_for_itself",
    ],
)
def test_other_faults_of_counters_have_no_name(stepped_app, way: str) -> None:
    stepped = stepped_app("counters_that_look_alike", store="redis", env={"WAY": way})
    assert anomaly_on(stepped, INCREMENTS, **COUNTER) is None


@pytest.mark.further
def test_two_requests_that_wait_for_each_other(stepped_app) -> None:
    frame = {"before": "", "after": "", "model": "serial"}
    assert anomaly_on(stepped_app("ab_ba"), "POST /ab | POST /ba", **frame) == "deadlock"


def test_the_name_is_in_the_text_the_picture_and_the_player(many) -> None:
    verdict = search(
        many, "POST /work | GET /on", before="POST /reset", after="GET /on", model="serial",
        placements=TWO,
    )  # fmt: skip
    assert "anomaly" in schedule_text(verdict.evidence)
    assert ": dirty read" in schedule_svg(verdict.evidence)
    assert frames_of(verdict.evidence)["heading"].endswith(": dirty read")
    assert verdict.to_json()["evidence"]["anomaly"] == "dirty read"


# -- from histories made by hand ---------------------------------------------------------------


def trace_of(schedule: str, history: list[Event], end: str = "finished") -> Trace:
    decisions = [Decision(name, ("A", "B"), None) for name in schedule]
    return Trace(decisions, History(history), end)


def event(client: str, method: str, path: str, at: float, status=200, output=None, input=None):
    returned = None if status is None else at + 10 - at % 10
    return Event(client, method, path, input, at, returned, status, output)


def booking(client: str, seat: str, key: str, id_: int, status: int = 201) -> Event:
    wish = {"seat": seat, "name": "Ann", "key": key}
    output = {"id": id_, "seat": seat, "name": "Ann"}
    return event(client, "POST", "/bookings", "AB".index(client), status, output, wish)


@pytest.mark.parametrize(
    ("one", "other", "name"),
    [
        (booking("A", "1A", "k", 1), booking("B", "1A", "k", 2), "double execution"),
        (booking("A", "1A", "k", 1), booking("B", "1A", "k", 1), None),  # one booking, said twice
        (booking("A", "1A", "k", 1), booking("B", "1A", "k2", 2), None),  # a seat sold twice
        (booking("A", "1A", "k", 1), booking("B", "1A", "k", 2, 200), None),
    ],
)
def test_two_bookings_of_one_key(one: Event, other: Event, name: str | None) -> None:
    program = Program.parse("POST /bookings | POST /bookings", before="", model="bookings")
    assert anomaly_of(program, trace_of("AB", [one, other]), ()) == name


@pytest.mark.parametrize(
    ("last", "schedule", "name"),
    [
        (["dark", "light"], "ABA", "stale read"),
        (["dark", "dark"], "ABA", None),
        (["dark", None], "ABA", "stale read"),  # what it was at first
        (["dark", "blue"], "ABA", None),  # nobody wrote this
        (["dark", "light"], "AAB", None),  # one after the other
    ],
)
def test_a_setting_of_which_the_workers_disagree(last, schedule: str, name: str | None) -> None:
    put = {"workers": 2}
    history = [
        event("A", "PUT", "/settings", 1, output=put, input={"value": "dark"}),
        event("B", "PUT", "/settings", 2, output=put, input={"value": "light"}),
        event("settings", "GET", "/settings", 20, output={"value": last[0]}),
        event("settings 2", "GET", "/settings", 30, output={"value": last[1]}),
    ]
    program = Program.parse(
        'PUT /settings {"value": "dark"} | PUT /settings {"value": "light"}',
        before="", after="GET /settings | GET /settings", model="settings",
    )  # fmt: skip
    assert anomaly_of(program, trace_of(schedule, history), ()) == name


@pytest.mark.parametrize(
    ("statuses", "schedule", "name"),
    [
        ((None, None), "ABA", "deadlock"),
        ((200, None), "ABA", None),  # the other one has ended: it has left a lock behind, say
        ((None, None), "AB", None),  # nobody was interrupted: both wait for something else
    ],
)
def test_waiting_for_ever(statuses, schedule: str, name: str | None) -> None:
    history = [
        event(client, "POST", "/a", at, status)
        for client, at, status in zip("AB", (1, 2), statuses, strict=True)
    ]
    program = Program.parse("POST /a | POST /a", before="", after="", model="serial")
    assert anomaly_of(program, trace_of(schedule, history, "stuck"), ()) == name
