"""The value beside a step is what the step really read or wrote, or there is none."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from workerlab.services import Memcached, Postgres
from workerlab.stepping import Program, SteppedServer, search
from workerlab.stepping.program import ONE_WORKER, TWO_WORKERS
from workerlab.stepping.searching.evidence import steps_of as all_steps
from workerlab.stepping.searching.schedulers import ReplayScheduler
from workerlab.stepping.worker import from_source, values
from workerlab.stepping.worker.replies import Effect
from workerlab.stepping.worker.step_values import StepValues

APPS = Path(__file__).parents[1] / "shown"


@pytest.fixture(scope="module")
def servers(redis_service, tmp_path_factory):
    """A stepped server for each app."""
    started = {}
    with Memcached(own=True) as memcached:
        place = str(tmp_path_factory.mktemp("place"))
        env = {"REDIS_URL": redis_service[1], "MEMCACHED_URL": memcached, "PLACE": place}

        def server(app: str) -> SteppedServer:
            if app not in started:
                started[app] = SteppedServer(APPS / f"{app}.py", env=env).__enter__()
            return started[app]

        yield server
        for one in started.values():
            one.__exit__()


def steps_of(server: SteppedServer, requests: str, placement: str = TWO_WORKERS):
    """The steps of the first losing schedule of these requests."""
    verdict = search(
        server, f"{requests} | {requests}", before="POST /reset", after="GET /left",
        model="serial", placements=(placement,),
    )  # fmt: skip
    assert verdict.status == "failed", verdict.message
    return [step for step in verdict.evidence["steps"] if step["kind"] != "response"]


def labels(steps) -> list[tuple[str, str | None, str | None]]:
    """Each step that has a value: its task, what it read and what it wrote."""
    return [(s["task"], s["read"], s["wrote"]) for s in steps if s["read"] or s["wrote"]]


def hold(steps, holds: dict[str, str]) -> None:
    """Each label says what the store held at that step; `holds` is what it held before."""
    for step in steps:
        for said in filter(None, re.split(r", (?=\w+[ :\[])", step["read"] or "")):
            key, _, value = said.partition(" = ")
            assert holds.get(key.removeprefix("no ")) == (value or None), said
        for said in filter(None, re.split(r", (?=\w+[ :\[])", step["wrote"] or "")):
            if turned := re.fullmatch(r"(.+): (.+) → (.+)", said):
                key, before, now = turned.groups()
                assert holds.get(key, "0") == before, said
            elif said.endswith(" gone"):
                key, now = said.removesuffix(" gone"), None
            else:
                key, now = re.split(" = | → ", said)
            holds[key] = now
            if now is None:
                del holds[key]


def test_a_value_that_is_read_and_then_set(servers):
    steps = steps_of(servers("on_redis"), "POST /get_set")
    hold(steps, {})
    assert labels(steps) == [
        ("A", "no count", None),
        ("B", "no count", None),
        ("B", None, "count = 1"),
        ("A", None, "count = 1"),
    ]
    assert [s["note"] for s in steps if s["wrote"]] == [None, "out of date"]


def test_a_count_that_is_read_too_late(servers):
    """INCR's own result stands there, and so does what the last step of a request reads."""
    steps = steps_of(servers("on_redis"), "POST /incr_get")
    hold(steps, {})
    assert labels(steps) == [
        ("A", None, "count: 0 → 1"),
        ("B", None, "count: 1 → 2"),
        ("B", "count = 2", None),
        ("A", "count = 2", None),
    ]


def test_a_field_of_a_hash(servers):
    steps = steps_of(servers("on_redis"), "POST /seat?name=Ann")
    hold(steps, {})
    assert labels(steps) == [
        ("A", "no seats[1A]", None),
        ("B", "no seats[1A]", None),
        ("B", None, "seats[1A] = Ann"),
        ("A", None, "seats[1A] = Ann"),
    ]


def test_a_value_with_a_time_to_live_by_another_library(servers):
    steps = steps_of(servers("on_redis"), "POST /cached")
    hold(steps, {})
    assert ("A", None, "lamp = 1") in labels(steps) and ("B", "no lamp", None) in labels(steps)
    assert not any("3600" in str(label) for label in labels(steps))


def test_a_script_says_nothing(servers):
    steps = steps_of(servers("on_redis"), "POST /script")
    assert labels(steps) == [("A", "no count", None), ("B", "no count", None)]


def test_a_transaction_writes_when_it_is_carried_out(servers):
    steps = steps_of(servers("on_redis"), "POST /transaction")
    hold(steps, {})
    assert labels(steps)[-1] == ("A", None, "count = 1, writes: 2 → 4")


def test_a_value_that_is_swapped_and_removed(servers):
    steps = steps_of(servers("on_redis"), "POST /pop")
    hold(steps, {})
    assert labels(steps) == [
        ("A", None, "last → x"),
        ("B", None, "last: x → x"),
        ("B", None, "last gone"),
        ("A", "no last", None),
    ]


def test_two_commands_at_once(servers):
    steps = steps_of(servers("on_redis"), "POST /together")
    hold(steps, {})
    assert labels(steps)[-1] == ("A", None, "one = 1, other = 1")


def test_two_requests_in_one_worker(servers):
    """Where replies cannot be told apart, nothing is said; so not each path has its labels each time."""
    shown = []
    for path in ("get_set", "incr_get", "together"):
        steps = steps_of(servers("on_redis"), f"POST /{path}", ONE_WORKER)
        hold(steps, {})
        shown += labels(steps)
    assert len(shown) >= 4


def test_memcached(servers):
    steps = steps_of(servers("on_memcached"), "POST /get_set")
    hold(steps, {})
    assert labels(steps) == [
        ("A", "no count", None),
        ("B", "no count", None),
        ("B", None, "count = 1"),
        ("A", None, "count = 1"),
    ]
    steps = steps_of(servers("on_memcached"), "POST /incr_get")
    said = labels(steps)
    assert said[0] == ("A", None, "count = 0") and ("B", "count is there", None) in said
    assert ("B", None, "count: 1 → 2") in said and ("A", "count = 2", None) in said


def test_sqlite_says_how_many_rows(servers):
    steps = steps_of(servers("on_others"), "POST /sqlite")
    said = [(s["source"].partition("(")[0], s["read"], s["wrote"]) for s in steps]
    assert said.count(("base.execute", None, "1 row")) == 2
    assert said.count(("base.execute", None, "no row")) == 2
    read = {s["read"] for s in steps if s["source"].startswith("row =")}
    assert read - {None} == {"(5,)"}
    assert {s["read"] for s in steps if s["source"].startswith("(n,) =")} - {None} == {"6"}


@pytest.mark.further
def test_postgres_says_how_many_rows_and_its_client_what_it_gave():
    with (
        Postgres(own=True) as url,
        SteppedServer(APPS / "on_postgres.py", env={"DATABASE_URL": url}) as server,
    ):
        assert labels(steps_of(server, "POST /read_save")) == [
            ("A", "7", None),
            ("B", "7", None),
            ("B", None, "1 row"),
            ("A", None, "1 row"),
        ]
        assert labels(steps_of(server, "POST /add_read")) == [
            ("A", None, "1 row"),
            ("B", None, "1 row"),
            ("B", "9", None),
            ("A", "9", None),
        ]
        assert labels(all_of_one(server, "POST /with")) == []  # it has changed two rows


def test_a_file(servers):
    steps = steps_of(servers("on_others"), "POST /file")
    assert labels(steps) == [
        ("A", "0", None),
        ("B", "0", None),
        ("B", None, "'1'"),
        ("A", None, "'1'"),
    ]


def test_an_item_of_a_dict(servers):
    steps = steps_of(servers("on_others"), "POST /dict", ONE_WORKER)
    assert labels(steps) == [
        ("A", "0", None),
        ("B", "0", None),
        ("B", None, "1"),
        ("A", None, "1"),
    ]


def test_a_variable_that_is_bound_anew_by_others_says_nothing(servers):
    assert labels(steps_of(servers("on_others"), "POST /global", ONE_WORKER)) == []


def test_what_is_given_to_a_function_is_not_what_is_read(servers):
    steps = steps_of(servers("on_others"), "POST /helper", ONE_WORKER)
    assert not any("lamp" in str(label) for label in labels(steps))


def all_of_one(server: SteppedServer, request: str):
    """The steps of one request that runs alone."""
    program = Program.parse(f"{request} | GET /left", after="GET /left", model="serial")
    trace = server.run(program, ONE_WORKER, ReplayScheduler(["A"]), explain=True)
    assert trace.end == "finished"
    steps = [step for step in all_steps(program, trace) if step["task"] == "A"]
    return [step for step in steps if step["kind"] != "response"]


def steps_of_one(server: SteppedServer, request: str) -> list[tuple[str, str | None, str | None]]:
    """The source of each of them, with what it read and wrote."""
    return [(s["source"], s["read"], s["wrote"]) for s in all_of_one(server, request)]


def test_what_the_source_does_not_make_certain_is_not_said(servers):
    steps = steps_of_one(servers("on_others"), "POST /not_certain")
    assert [row for row in steps if row[1] or row[2]] == [
        ('here["count"] = count', None, "1"),
        ('here["lost"] = 1', None, "1"),
    ]


def test_a_statement_that_returns_rows_has_not_ended_at_its_first_step(servers):
    """SQLite counts its rows only when the last one is fetched: until then it says "no row"."""
    steps = steps_of_one(servers("on_others"), "POST /returning")
    assert any("RETURNING" in row[0] for row in steps)
    assert [row for row in steps if row[1] or row[2]] == []


def test_what_is_not_written_yet_is_not_said(servers):
    """Not what lies in a file's buffer, nor what a function of the app's is given, nor what fails."""
    steps = steps_of_one(servers("on_others"), "POST /by_write")
    assert [row for row in steps if row[1] or row[2]] == [
        ('seen = Path(PLACE, "count").read_text()', "''", None),
        ('Path(PLACE, "count").write_text(count)', None, "'2'"),
    ]


def test_rows_of_many_statements_count_together(servers):
    said = [row[2] for row in steps_of_one(servers("on_others"), "POST /many")]
    assert [wrote for wrote in said if wrote] == ["300 rows", "300 rows"]


def test_a_report_has_room_for_the_values_of_a_long_step():
    one = StepValues()
    for _ in range(500):
        one._note(0, "store", Effect("x" * 120, "→" * 120))
    assert len(one.rest()) < 10_000


class Locals(dict):
    """The names of a running function as Python shows them from 3.13 on: their keys are a list."""

    def keys(self):
        return [*self]


def test_names_are_found_on_a_python_whose_frames_list_them(tmp_path: Path):
    file = tmp_path / "app.py"
    file.write_text("def add(count):\n    global total\n    total = count\n")
    code = SimpleNamespace(co_filename=str(file))
    frame = SimpleNamespace(f_code=code, f_locals=Locals(count=1), f_globals={"total": 2})
    said = [
        values.safely_evaluated(ast.parse(name, mode="eval").body, frame)
        for name in ("count", "total")
    ]
    assert [values.is_plain(value) for value in said] == [True, False], "total may be bound anew"
    assert from_source._values_of(("count",), frame) == "1"
    assert from_source._values_of(("count", "other"), frame) is None
