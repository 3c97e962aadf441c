"""The witness of the value labels notices a false one: of each kind of label, a true and a false one."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from workerlab.processes.tree import parents
from workerlab.servers import Server

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture
def witness(in_benchmarks):
    return in_benchmarks("witness")


BEFORE = {
    b"count": b"3",
    b"empty": b"",
    b"seats": {b"1A": b"Ann"},
    b"jobs": [b"a", b"b, c"],
    b"names": {b"x"},
    b"scores": {b"ann": 2.0},
}


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("count = 3", "count = 4"),
        ("no other", "no count"),
        ("count is there", "other is there"),
        ("seats[1A] = Ann", "seats[1A] = Bob"),
        ("no seats[1B]", "no seats[1A]"),
        ("seats = {1A: Ann}", "seats = {}"),
        ("jobs = [a, b, c]", "jobs = [a]"),
        ("jobs[0] = a", "jobs[1] = a"),
        ("jobs[0..0] = [a]", "jobs[0..0] = [b]"),
        ("len(jobs) = 2", "len(jobs) = 3"),
        ("len(other) = 0", "len(jobs) = 0"),
        ("x is in names", "y is in names"),
        ("y is not in names", "x is not in names"),
        ("scores[ann] = 2", "scores[ann] = 3"),
        ("count = 3, no other, jobs[1] = b, c", "count = 3, no jobs"),
        ("empty = ''", "empty = 0"),
    ],
)
def test_what_was_read(witness, true, false):
    labels = witness("store_labels")
    assert labels.true_read(true, BEFORE)
    assert not labels.true_read(false, BEFORE)


AFTER = {
    b"count": b"4",
    b"new": b"1",
    b"seats": {b"1A": b"Bob", b"1B": b"Cyd"},
    b"jobs": [b"b, c", b"d"],
    b"names": {b"x", b"y"},
    b"scores": {b"ann": 5.0},
}


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("count: 3 → 4", "count: 2 → 4"),
        ("count: 3 → 4", "count: 3 → 5"),
        ("count: 3 → 7, new: 0 → 1, count: 7 → 4", "count: 3 → 7, count: 8 → 4"),
        ("count = 4", "count = 3"),
        ("new: 0 → 1", "new: 1 → 2"),
        ("empty gone", "count gone"),
        ("empty: '' → gone", "empty: 1 → gone"),
        ("seats[1B] = Cyd, seats[1A] = Bob", "seats[1B] = Cyd, seats[1A] = Ann"),
        ("names += y", "names += x"),
        ("scores[ann] → 5", "scores[ann] → 2"),
    ],
)
def test_what_was_written(witness, true, false):
    labels = witness("store_labels")
    assert labels.true_write(true, BEFORE, AFTER)
    assert not labels.true_write(false, BEFORE, AFTER)


def test_a_list_at_both_ends_and_a_label_that_was_cut_off(witness):
    labels = witness("store_labels")
    now = {b"l": [b"1", b"2"]}
    assert labels.true_write("l += 3", now, {b"l": [b"1", b"2", b"3"]})
    assert labels.true_write("l += 0", now, {b"l": [b"0", b"1", b"2"]})
    assert not labels.true_write("l += 4", now, {b"l": [b"1", b"2", b"3"]})
    assert labels.true_write("l −= 1", now, {b"l": [b"2"]})
    assert not labels.true_write("l −= 2", now, {b"l": [b"2"]})
    long = {b"k": b"x" * 100}
    assert labels.true_read(f"k = {'x' * 59}…", long)
    assert not labels.true_read(f"k = {'y' * 59}…", long)


@pytest.mark.parametrize(
    ("label", "place"),
    [
        ("3", "redis"),
        ("'Ann'", "redis"),
        ("(1, 'free')", "sqlite"),
        ("17", "memory"),
        ("{'a': 1}", "memory"),
        ("'hello'", "files"),
        ("291", "files"),
        ("99", ""),
        ("'Eve'", ""),
    ],
)
def test_a_value_without_a_key(witness, label, place):
    bare, held = witness("bare_values"), witness("snapshots").Held(redis=BEFORE)
    held.tables = {("f", "seats"): {1: (1, "free")}}
    held.memory = {7: {"app": {"count": 17, "d": [["a", 1]]}}}
    held.files = {"/f": b"hello\n", "/g": (291).to_bytes(8, "little")}
    assert bare.place_of(bare.literal(label), held) == place


def run_of(witness, seen, *steps, blocked=()):
    """A run of one task, a step for each choice."""
    rows = [
        [{"task": "A", "line": 1, "kind": "call", "source": "x", "worker": 7, **step}]
        for step in steps
    ]
    decisions = [SimpleNamespace(chosen="A", blocked=blocked) for _ in rows]
    program = SimpleNamespace(requests=(), before=(), after=())
    return witness("judging").Run(program, SimpleNamespace(decisions=decisions), seen, rows)


def verdict(run, index, side):
    return run.judge(index, run.steps[index][0], side)[0]


def test_a_step_of_a_run_is_compared_with_the_moments_before_and_after_it(witness):
    held = witness("snapshots").Held
    seen = [held(redis=holds, kinds={"redis"}) for holds in (BEFORE, AFTER, AFTER)]
    true = run_of(witness, seen, {"wrote": "count: 3 → 4"}, {"read": "count = 4"})
    assert [verdict(true, 0, "wrote"), verdict(true, 1, "read")] == ["true", "true"]
    early = run_of(witness, seen, {"read": "count = 5"}, {"wrote": "count: 3 → 4"})
    assert [verdict(early, 0, "read"), verdict(early, 1, "wrote")] == ["wrong", "wrong"]
    short = run_of(witness, seen, {"wrote": "lock = token"}, {"wrote": "count = token"})
    assert [verdict(short, 0, "wrote"), verdict(short, 1, "wrote")] == ["not judged", "wrong"]
    both = {"read": "count = 4", "wrote": "count: 3 → 4"}
    assert verdict(run_of(witness, seen, both, both), 0, "read") == "true"
    value = run_of(witness, seen, {"read": "55"}, {"wrote": "'nobody'"})
    assert [verdict(value, 0, "read"), verdict(value, 1, "wrote")] == ["wrong", "wrong"]


def test_a_variable_of_a_module(witness):
    """The worker's own one: in another process, it may have another value."""
    held = witness("snapshots").Held
    seen = [
        held(memory={7: {"app": {"count": count}}, 8: {"app": {"count": 9}}}, kinds={"memory"})
        for count in (3, 3, 4)
    ]
    load = {"kind": "read", "source": "seen = count", "worker": 7}
    store = {"kind": "write", "source": "count = seen + 1  # a comment", "worker": 7}
    true = run_of(witness, seen, load | {"read": "3"}, store | {"wrote": "4"})
    assert [verdict(true, 0, "read"), verdict(true, 1, "wrote")] == ["true", "true"]
    false = run_of(witness, seen, load | {"read": "9"}, store | {"wrote": "3"})
    assert [verdict(false, 0, "read"), verdict(false, 1, "wrote")] == ["wrong", "wrong"]


def test_rows_of_sqlite(witness, tmp_path):
    """Also those of a transaction, which nobody else sees before it is committed."""
    files, held = witness("files"), witness("snapshots").Held
    seen = []

    def look():
        found = files.held([tmp_path / "base"], [])
        seen.append(held(files=found, tables=files.tables(found), kinds={"sqlite"}))

    with closing(sqlite3.connect(tmp_path / "base", isolation_level=None)) as base:
        base.execute("CREATE TABLE t (n)")
        base.execute("INSERT INTO t VALUES (1), (2)")
        look()
        base.execute("UPDATE t SET n = n + 5")
        look()
        base.execute("BEGIN")
        base.execute("DELETE FROM t WHERE n = 6")
        look()
        base.execute("COMMIT")
        look()
    run = run_of(witness, seen, {"wrote": "2 rows"}, {"wrote": "1 row"}, {"wrote": None})
    assert [verdict(run, index, "wrote") for index in (0, 1)] == ["true", "true"]
    false = run_of(witness, seen, {"wrote": "1 row"}, {"wrote": "no row"}, {"wrote": None})
    assert [verdict(false, index, "wrote") for index in (0, 1)] == ["wrong", "wrong"]
    row = {"source": 'base.execute("SELECT n FROM t ORDER BY n").fetchone()'}
    read = run_of(witness, seen, row | {"read": "(1,)"}, row | {"read": "(1,)", "line": 2})
    assert [verdict(read, index, "read") for index in (0, 1)] == ["true", "wrong"]


def test_a_row_that_is_replaced_is_one_row(witness):
    changed = witness("files").rows_changed
    replaced = changed({"t": {1: ("tea", 1)}}, {"t": {2: ("tea", 2)}})
    assert [count in replaced for count in (0, 1, 2, 3)] == [False, True, True, False]
    assert [*changed({"t": {1: ("tea", 1)}}, {"t": {1: ("tea", 2)}})] == [1]
    assert [*changed({"t": {1: ("tea", 1)}}, {"t": {1: ("tea", 1)}})] == [0]


@pytest.mark.further
def test_what_memcached_holds(witness):
    import socket

    from workerlab.services import Memcached

    with Memcached(own=True) as url:
        host, port = url.rpartition("/")[2].split(":")
        client, moments = witness("on_memcached").Client(host, int(port)), []
        with socket.create_connection((host, int(port))) as app:
            for command in (b"set count 0 0 1\r\n1", b"incr count 1", b"delete count"):
                app.sendall(command + b"\r\n")
                assert app.recv(100)
                moments.append(client.held())
    assert moments == [{b"count": b"1"}, {b"count": b"2"}, {}]


@pytest.mark.further
def test_rows_of_postgres_that_are_not_committed(witness):
    import psycopg

    from workerlab.services import Postgres

    seen_by = witness("on_postgres")
    service = Postgres(own=True)
    with service as url, psycopg.connect(url) as session:
        session.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")
        session.execute("INSERT INTO t VALUES (1, 1), (2, 1), (3, 1)")
        session.commit()
        client = seen_by.Client(url, [service.admin_url])
        moments = [client.held()]
        for statement in (
            "UPDATE t SET n = n + 1 WHERE id < 3",
            "UPDATE t SET n = n WHERE id = 3",
            "SELECT * FROM t FOR UPDATE",
            "DELETE FROM t",
            "INSERT INTO t VALUES (1, 1)",
        ):
            session.execute(statement)
            moments.append(client.held())
        session.commit()
        client.close()
    pairs = pairwise(moments)
    assert [seen_by.rows_changed(*pair) for pair in pairs] == [2, 1, 0, 3, 1]
    assert moments[-1].rows == {"t": [(1, 1), (2, 1), (3, 1)]}  # as others see them


def test_memory_of_another_process_is_seen(witness, tmp_path):
    app = tmp_path / "kept.py"
    app.write_text("count = 41\nstate = {'seat': b'Ann'}\ninput()\n")
    env = os.environ | {
        "WITNESS": str(tmp_path / "rows"),
        "PYTHONPATH": str(BENCHMARKS / "witness" / "start"),
    }
    code = "import sys; sys.path.insert(0, sys.argv[1]); print('on', flush=True); import kept"
    command = [sys.executable, "-c", code, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout.readline() == "on\n"
        told: dict = {}
        while told.get("kept", {}).get("state") is None:
            assert process.poll() is None
            told = witness("memory").ask(process.pid)
        process.communicate("\n")
    assert told["kept"]["count"] == 41
    assert told["kept"]["state"] == [["seat", {"bytes": b"Ann".hex()}]]


MUTANTS = [  # one for each store, and how many of its labels a witness can judge at least
    pytest.param("lab08_redis", "get_then_set", "no_lost_update", 4, id="redis"),
    pytest.param("lab07_sqlite", "get_then_set", "no_lost_update", 2, id="sqlite"),
    pytest.param(
        "lab10_database", "add_then_read", "every_answer_fits_one_order", 1, id="postgres"
    ),
    pytest.param("lab06_shared_memory", "read_before_the_lock", "no_lost_update", 1, id="memory"),
]


@pytest.mark.further
@pytest.mark.parametrize(("lab", "mutant", "check", "least"), MUTANTS)
def test_the_labels_of_a_mutant_are_true(lab, mutant, check, least, tmp_path):
    env = os.environ | {
        "WITNESS": str(tmp_path / "rows"),
        "PYTHONPATH": f"{BENCHMARKS / 'witness' / 'start'}:{ROOT / 'src'}",
    }
    job = {
        "lab": lab,
        "submission": str(ROOT / "tests" / "mutants" / lab / mutant),
        "only": [check],
        "quick": False,
        "result": str(tmp_path / "result.json"),
    }
    command = [sys.executable, "-m", "workerlab.grading.authoring.one_run", json.dumps(job)]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "rows").read_text().splitlines()]
    assert [row for row in rows if row["verdict"] in ("wrong", "broken")] == []
    assert sum(row["verdict"] == "true" for row in rows) >= least


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux servers begin as forks")
def test_what_forks_has_no_thread_of_the_witness(tmp_path, monkeypatch):
    """A fork closes all descriptors. The thread would then close a number that is in use again."""
    app = tmp_path / "app.py"
    app.write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
    monkeypatch.setenv("WITNESS", str(tmp_path / "rows"))
    monkeypatch.setenv("PYTHONPATH", f"{BENCHMARKS / 'witness' / 'start'}:{ROOT / 'src'}")
    with Server(app, workers=1, warm=True) as server:
        (instance,) = server._instances
        forking = (parents()[instance.root], instance.root)  # the template, and the lifeline
        assert os.getpid() not in forking
        assert [len(os.listdir(f"/proc/{pid}/task")) for pid in forking] == [1, 1]
