"""A request that is refused since another is at work: right when it changes nothing, else wrong."""

from __future__ import annotations

import pytest

from workerlab import explore
from workerlab.history import Event, History
from workerlab.stepping.program import Program
from workerlab.stepping.searching.refusals import orders_without, refused_meanwhile

APP = """
import os
from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()
FAULT, STATUS = os.environ["FAULT"], int(os.environ["STATUS"])
LOCK, DONE, BANNED = Path("lock"), Path("done"), Path("banned")


def add():
    with DONE.open("a") as file:
        file.write("+")


@app.post("/work")
def work():
    if FAULT == "counts the refused":
        add()
    if BANNED.exists():
        raise HTTPException(STATUS, "you came too early")
    mine = LOCK.with_name(f"at-work-{os.getpid()}")
    mine.touch()
    if FAULT == "refuses both" and len([*Path(".").glob("at-work-*")]) > 1:
        mine.unlink()
        raise HTTPException(STATUS, "another is at work")
    try:
        LOCK.open("x").close()
    except FileExistsError:
        mine.unlink()
        if FAULT == "refuses for ever":
            BANNED.touch()
        raise HTTPException(STATUS, "another is at work") from None
    if FAULT != "counts the refused":
        add()
    mine.unlink()
    if FAULT != "never gives it back":
        LOCK.unlink()
    return {"done": True}


@app.get("/done")
def done():
    return {"done": len(DONE.read_text()) if DONE.exists() else 0}
"""
ASKED = {"model": "serial", "program": "POST /work | POST /work", "after": "GET /done"}


@pytest.mark.parametrize(
    ("fault", "refusal", "status", "part"),
    [
        ("", 409, "passed", "a request that was refused (409) while another was at work"),
        ("", 429, "passed", "and that was served when it was sent again, counts as right"),
        pytest.param(
            "counts the refused", 409, "failed", "B is answered 409", marks=pytest.mark.further
        ),
        ("counts the refused", 429, "failed", "B is answered 429"),
        ("refuses for ever", 429, "failed", "B is answered 429"),
        ("refuses both", 409, "failed", "A is answered 409"),
        pytest.param(
            "never gives it back", 409, "passed", "", marks=pytest.mark.nightly
        ),  # as serially
    ],
)
def test_a_lock_that_is_not_waited_for(fault, refusal, status, part, tmp_path):
    file = tmp_path / "app.py"
    file.write_text(APP)
    env = {"FAULT": fault, "STATUS": str(refusal)}
    verdict = explore(file, **ASKED, seconds=1.0, placements=("two workers",), env=env)
    assert verdict.status == status, verdict.message
    assert part in verdict.message


PROGRAM = Program.parse("POST /a | POST /b | POST /c", before="", after="GET /d", model="serial")


def run(**statuses: tuple[int, float, float]) -> History:
    return History(
        Event(name, "POST", "/", called=called, returned=returned, status=status)
        for name, (status, called, returned) in statuses.items()
    )


@pytest.mark.parametrize(
    ("history", "refused"),
    [
        (run(A=(200, 1, 4), B=(409, 2, 3), C=(503, 3.5, 5)), {"B", "C"}),
        (run(A=(200, 1, 2), B=(409, 3, 4), C=(200, 5, 6)), set()),  # B was all alone
        (run(A=(409, 1, 4), B=(409, 2, 3), C=(423, 1, 9)), set()),  # nobody got any further
        (run(A=(200, 1, 4), B=(404, 2, 3), C=(400, 1, 9)), set()),  # these are no such answers
        (run(A=(200, 1, 4), B=(200, 2, 3), C=(429, 1, 9)), {"C"}),
    ],
)
def test_who_was_refused_meanwhile(history, refused):
    assert refused_meanwhile(PROGRAM, history) == refused


def test_nothing_is_known_without_a_request_that_others_need():
    assert [*orders_without(PROGRAM, frozenset("B"))] == [("A", "C"), ("C", "A")]
    chained = Program.parse("POST /a then GET /b | POST /c", before="", after="", model="serial")
    assert [*orders_without(chained, frozenset("A"))] == []
    assert [*orders_without(chained, frozenset("B"))] == [("A", "C"), ("C", "A")]
    named = Program.parse("POST /a | POST /b", before="", after="GET /x/{A.id}", model="serial")
    assert [*orders_without(named, frozenset("A"))] == []
