"""The two lines that are named beside a race: the last look and the first change, not a log."""

from __future__ import annotations

import pytest

from workerlab.stepping.access import READ, WRITE, Access
from workerlab.stepping.controller.stop import Stop
from workerlab.stepping.controller.trace import Decision, Trace
from workerlab.stepping.searching.racing_lines import racing_lines

IN_THE_FILE = Access(WRITE, "sqlite", "shop.db")  # a worker that writes anything may write there


@pytest.mark.parametrize(
    "log",
    [
        'logger.info("delete %s", id)',
        'self.log.warning("to be updated")',
        'await logger.ainfo("added")',
        'print("saved")',
    ],
)
def test_a_log_is_not_what_races(log: str):
    lines = [
        ("A", "team = db.get(Team, id)", {Access(READ, "sqlite", "shop.db")}),
        ("B", log, {IN_THE_FILE}),
        ("B", "db.delete(team)", set()),
        ("B", "db.commit()", {IN_THE_FILE}),
        ("A", "db.commit()", {IN_THE_FILE}),
    ]
    trace = Trace()
    for number, (task, source, touched) in enumerate(lines):
        stop = Stop(1, number, number, "call", "delete", "app.py", source=source)
        trace.decisions.append(Decision(task, ("A", "B"), None, stop))
        trace.touched[number] = touched
    found = [(task, stop.source) for task, stop in racing_lines(trace, "AB")]
    assert found == [("A", "team = db.get(Team, id)"), ("B", "db.commit()")]
