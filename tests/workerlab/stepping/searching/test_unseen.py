"""A question of which no loss would be seen is not passed; one of which it would be is."""

from __future__ import annotations

import pytest

from workerlab import explore

APP = """
from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
FILE = Path("name")
FILE.write_text("ada")


@app.put("/name/{name}")
def rename(name: str):
    FILE.write_text(name)
    return {"ok": True}


@app.post("/greet/{name}")
def greet(name: str):
    return {"hello": name}


@app.get("/name")
def show():
    return {"name": FILE.read_text()}


@app.get("/health")
def health():
    return {"ok": True}
"""
SAME = "GET /name is answered the same without these requests"


@pytest.mark.parametrize(
    ("program", "after", "status", "part"),
    [
        ("PUT /name/bob | PUT /name/eve", "GET /name", "passed", ""),
        ("PUT /name/ada | PUT /name/bob", "GET /name", "passed", ""),  # one of them changes it
        ("PUT /name/ada | PUT /name/ada", "GET /name", "inconclusive", SAME),
        ("PUT /name/bob | PUT /name/eve", "GET /health", "inconclusive", "GET /health is answered"),
        (
            "PUT /name/bob | PUT /name/eve",
            "",
            "passed",
            "only an error or a deadlock would have shown",
        ),
        ("POST /greet/ada | POST /greet/bob", "", "passed", ""),  # they might be mixed up
        ("GET /name | GET /name", "", "passed", ""),
    ],
)
def test_what_would_not_be_seen(program, after, status, part, tmp_path):
    file = tmp_path / "app.py"
    file.write_text(APP)
    verdict = explore(
        file, model="serial", before="", program=program, after=after, seconds=0.3,
        placements=("two workers",),
    )  # fmt: skip
    assert verdict.status == status, verdict.message
    assert part in verdict.message
