"""Graded checks of lab 07: a counter that five workers share in one file."""

from __future__ import annotations

from pathlib import Path

from workerlab.contracts import counter_checks as counter
from workerlab.contracts.counter import each_worker, every_response_fits, mixed_requests
from workerlab.grading import check
from workerlab.servers import Server
from workerlab.stepping import SteppedServer
from workerlab.traffic import burst

PATIENCE_S = 12.0  # the contract's 10 s, and a little for a machine that is busy
BURST_S = 60.0  # seconds for one request among 400: waiting is right, being refused is not


@check(
    "starts",
    title="Five workers start and respond",
    points=0.25,
    quick=True,
    hints=(
        "What does the file do while Python imports it, in five processes at once?",
        (
            "There is nothing at STATE_FILE at first. Which worker makes the table, and what do "
            "the other four do?"
        ),
        "`CREATE TABLE IF NOT EXISTS` in one statement is safe with five starts at once.",
    ),
)
def test_starts(server: Server, tried: dict) -> None:
    counter.starts(server, tried)


@check(
    "follows_the_contract",
    title="Each endpoint responds as the contract says",
    points=0.25,
    quick=True,
    hints=(
        "What exactly does each endpoint promise, and which of your responses differs?",
        "Compare with the README: method, path, status 200, a `count` that is a whole number.",
        (
            "An increment responds with the value *after* itself, the one that it wrote or that "
            '`RETURNING n` returned: `return {"count": count}`. (`atomic_add` returns None.)'
        ),
    ),
)
def test_follows_the_contract(server: Server, tried: dict) -> None:
    counter.follows_the_contract(server, tried)


@check(
    "one_object_for_all_workers",
    title="All workers see the same count",
    points=0.5,
    quick=True,
    hints=(
        "In which process's memory is the number that the report returns?",
        "Anything at module level exists five times, and so does a file with a pid in its name.",
        (
            'For each request read the count from `os.environ["STATE_FILE"]` itself, with `sqlite3` '
            "or `KeyValueSqlite`, write it there, and keep nothing in between."
        ),
    ),
)
def test_one_object_for_all_workers(server: Server, tried: dict) -> None:
    counter.one_object_for_all_workers(server, tried)


@check(
    "reset_reaches_every_worker",
    title="One reset counts for all workers",
    points=0.5,
    quick=True,
    hints=(
        "One worker responds to a reset. How do the others learn of it?",
        "The reset must change a value in the file, and must commit it.",
        (
            'Let the reset do `UPDATE counts SET n = 0` (or `set("count", 0)`), and commit it: after a '
            "`BEGIN` comes `COMMIT`."
        ),
    ),
)
def test_reset_reaches_every_worker(server: Server, tried: dict) -> None:
    counter.reset_reaches_every_worker(server, tried)


@check(
    "reads_its_settings",
    title="STATE_FILE alone says where the count is kept",
    points=0.25,
    hints=(
        "Where does your code get the name of the file?",
        "This check serves your app twice, with two paths. Each of them must have its own count.",
        'Open `os.environ["STATE_FILE"]`, and no path of your own.',
    ),
)
def test_reads_its_settings(
    server: Server, stepped: SteppedServer, services: dict[str, str], tried: dict
) -> None:
    with (
        each_worker(server, tried) as (here, *_),
        each_worker(stepped.server, tried) as (there, *_),
    ):
        counter.reads_its_settings(here, there, setting="STATE_FILE", place="on another file")
    assert Path(services["STATE_FILE"]).exists(), "after an increment nothing is at STATE_FILE"


@check(
    "no_lost_update",
    title="Increments and resets at the same moment all count",
    points=4.5,
    quick=True,
    hints=(
        (
            "Between the line that reads the count and the line that writes it: which other "
            "request may read?"
        ),
        (
            "Look at the schedule in the report. `get` is one transaction and `set` is another. The "
            "read and the write must be in one, and it must ask for the right to write *first*."
        ),
        (
            "Use `BEGIN IMMEDIATE` before the read and `COMMIT` after the write, or one statement, "
            "`UPDATE … SET n = n + 1 RETURNING n`, and respond with what it returned, "
            "`.fetchall()[0][0]`; a reset does `SET n = 0`. With `get` and `set` of keyvalue-sqlite, "
            "hold `fcntl.flock` over both, on a file that each request opens by one name, "
            '`open(f"{PATH}.lock", "w")`.'
        ),
    ),
)
def test_no_lost_update(search) -> None:
    counter.no_lost_update(search)


@check(
    "every_answer_fits_one_order",
    title="Under a burst, all responses fit one order",
    points=2.5,
    hints=(
        "Can two increments ever be answered the same count? Then which of them made that value?",
        "A second transaction that reads the count may read the value of a later increment.",
        (
            "Respond with what the increment itself returned: `RETURNING n`, or the sum that you "
            "wrote."
        ),
    ),
)
def test_every_answer_fits_one_order(search, server: Server, tried: dict) -> None:
    counter.no_schedule_breaks_the_order(search)
    every_response_fits(server, mixed_requests(120), clients=12, tried=tried)
    every_response_fits(server, mixed_requests(40, resets=True), clients=5, tried=tried)


@check(
    "nobody_is_sent_away",
    title="400 requests from 40 clients, and no 'database is locked'",
    points=0.5,
    hints=(
        "Only one request may write at a time. What happens to those that come meanwhile?",
        (
            "Two things make SQLite refuse a request: a time-out that is too short, and a "
            "transaction that reads first and writes later (it is refused at once when another has "
            "written)."
        ),
        "`sqlite3.connect(path, timeout=30)`, and `BEGIN IMMEDIATE` before the first read.",
    ),
)
def test_no_client_is_sent_away(server: Server, tried: dict) -> None:
    history = burst(server, mixed_requests(400), clients=40, timeout=BURST_S)
    tried["requests"] += len(history)
    refused = [event for event in history if not event.ok]
    message = f"{len(refused)} of {len(history)} requests of a burst were not answered 200"
    if refused and "database is locked" in server.log:
        message += "; the app's log says: database is locked"
    assert not refused, message


@check(
    "survives_a_killed_worker",
    title="A worker killed at any point harms no other",
    points=0.25,
    hints=(
        (
            "If a worker dies on this very line, what does it leave behind, and which requests "
            "wait for it?"
        ),
        (
            "Three common faults: a mark in the file that stays when its owner dies, a response "
            "that was sent before the count was written, and start-up code that writes."
        ),
        (
            "Let SQLite do the locking, commit before you respond, from no `BackgroundTasks`, and "
            "write no count at start-up."
        ),
    ),
)
def test_survives_a_killed_worker(crash) -> None:
    crash("POST /increment", before="POST /reset", after="GET /report", deadline=PATIENCE_S)


@check(
    "leaves_nothing_behind",
    title="After a stop, no process is left",
    points=0.25,
    hints=(
        "Does the app start any process or task of its own?",
        "A worker ends without running `atexit`. Any process that it started goes on running.",
        "Start no processes in the app, or stop them after the `yield` in the lifespan.",
    ),
)
def test_leaves_nothing_behind(server: Server, tried: dict) -> None:
    counter.leaves_nothing_behind(server, tried)


@check(
    "survives_a_restart",
    title="A restart of the app forgets nothing",
    points=0.25,
    hints=(
        "The app stops and starts again. What does it do as it starts, or as it stops?",
        "Code at module level and in the lifespan runs at every start, of every worker.",
        (
            "Delete the line that writes at a start, such as `DELETE FROM counts`: no row already "
            "counts as 0. If nothing is deleted, the new server looks elsewhere: `os.getppid()`, a "
            "port or a time is another one in each life, so use one fixed name."
        ),
    ),
)
def test_survives_a_restart(launch, tried: dict) -> None:
    with launch(workers=1) as server:
        counter.survives_a_restart(server, tried)
