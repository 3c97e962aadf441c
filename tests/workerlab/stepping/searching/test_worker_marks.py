"""Responses that name their worker, and sets whose order each process draws, are no disagreement."""

from __future__ import annotations

import pytest

from workerlab import explore
from workerlab.stepping.searching.worker_marks import names_its_worker

APP = """
import os
import uuid
from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
WAY, ME = os.environ["WAY"], uuid.uuid4().hex
TAGS = Path("tags")
TAGS.mkdir(exist_ok=True)
mine = set()


@app.post("/tags/{tag}")
async def add(tag: str):
    (TAGS / tag).touch()
    mine.add(tag)
    if WAY == "told by a pid":
        return {"from": f"worker {os.getpid()}"}
    if WAY == "told by an id":
        return {"worker_id": ME}
    if WAY == "of its own":
        return {"added": tag, "known": len(mine)}
    return {"added": tag}


@app.get("/tags")
async def tags():
    return {"tags": {file.name for file in TAGS.iterdir()}, "worker": ME}
"""
BEFORE = " | ".join(f"POST /tags/{tag}" for tag in ("tea", "ice", "milk", "rice", "salt", "egg"))


@pytest.mark.parametrize(
    ("way", "status"),
    [
        pytest.param("", "passed", marks=pytest.mark.further),
        pytest.param("told by a pid", "passed", marks=pytest.mark.further),
        pytest.param("told by an id", "passed", marks=pytest.mark.further),
        pytest.param("of its own", "failed", marks=pytest.mark.further),
    ],
)
def test_what_tells_the_worker_is_left_out(way, status, tmp_path):
    file = tmp_path / "app.py"
    file.write_text(APP)
    verdict = explore(
        file, model="serial", before=BEFORE, program="POST /tags/a | POST /tags/b",
        after="GET /tags", seconds=0.5, placements=("two workers",), env={"WAY": way},
    )  # fmt: skip
    assert verdict.status == status, verdict.message


@pytest.mark.parametrize(
    ("key", "values", "told"),
    [
        ("worker", ("one", "two"), True),
        ("instance_id", ("f00", "ba4"), True),
        ("processed", (1, 0), False),
        ("worker", ({"n": 1}, {"n": 2}), False),
        ("from", ("worker 71", "worker 72"), True),
        ("from", ("worker 71", "worker 80"), False),
        ("from", ("worker 72", "worker 71"), False),  # each names the other one
        ("from", (71, 72), True),
        ("known", (171, 721), False),  # a part of a number is no pid
    ],
)
def test_which_values_tell_a_worker(key, values, told):
    mine, its = ({"A": [200, {key: value}, {}]} for value in values)
    assert names_its_worker(mine, its, ("A", 1, key), (71, 72)) is told
