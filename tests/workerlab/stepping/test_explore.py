"""What is wrong with a call of explore() is told as on the command line: test_bad_input.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from homes import LOCKED, RACY

from workerlab import explore
from workerlab.errors import AppDidNotStart, BadUsage, NotReady, WorkerlabError


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("REDIS_URL", raising=False)
    file = tmp_path / "app.py"
    file.write_text(RACY)
    return file


def refused(app: object, **options: object) -> WorkerlabError:
    with pytest.raises(WorkerlabError) as caught:
        explore(app, env={"STATE_FILE": "count"}, **options)
    assert "\n" not in str(caught.value), "one line"
    assert caught.value.advice, "and what helps"
    return caught.value


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"program": "increment"}, 'write it as "POST /increment"'),
        ({"program": ""}, "a program has one to six requests"),
        ({"model": "nothing"}, "choose one of: counter, serial"),
        ({"model": "register"}, "choose one of: counter, serial"),
        ({"after": "GET /stock"}, "GET /stock is not a request of a counter"),
        ({"runner": "nothing"}, "uvicorn, gunicorn, preload, instances"),
        ({"workers": 0}, "at least one"),
        ({"trace_into": ["nothing"]}, "there is no package 'nothing'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_wrong_option(app: Path, options: dict[str, object], said: str) -> None:
    error = refused(app, **options)
    assert isinstance(error, BadUsage)
    assert said in f"{error}; {error.advice}"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "there is no file" in str(refused(tmp_path / "nowhere.py"))
    (tmp_path / "lab.toml").write_text("")
    assert "is not a Python file" in str(refused(tmp_path / "lab.toml"))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def app(:\n", "SyntaxError"),
        ("import no_such_module\napp = 1\n", "No module named 'no_such_module'"),
        ("application = 1\n", "has no object named `app`"),
        ("raise SystemExit('enough')\n", "SystemExit: enough"),
        (
            "import sqlite3\nsqlite3.connect('/nowhere/x')\n",  # in its place stands one of ours
            "unable to open database file (app.py, line 2)",
        ),
    ],
    ids=["syntax", "import", "no-app", "exits", "database"],
)
def test_an_app_that_does_not_start(app: Path, source: str, said: str) -> None:
    app.write_text(source)
    error = refused(app)
    assert isinstance(error, AppDidNotStart) and said in str(error)


def test_an_app_that_hangs_while_it_is_imported(app: Path) -> None:
    app.write_text("import threading\nthreading.Event().wait()\n")
    assert isinstance(refused(app, deadline=2), NotReady)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("from fastapi import FastAPI\napp = FastAPI()\n", "it has none"),
        (RACY.replace("return {", "return '<html>' or {"), "a counter answers"),
        (RACY.replace("    count = read()\n", "    count = 1 / 0\n"), "500, even alone"),
    ],
    ids=["no-endpoints", "html", "error"],
)
def test_an_app_that_does_not_answer_as_it_must(app: Path, source: str, said: str) -> None:
    app.write_text(source)
    error = refused(app)
    assert said in f"{error}; {error.advice}"


def test_what_is_worth_knowing_is_noted(app: Path) -> None:
    notes: list[str] = []
    app.write_text(LOCKED.partition('@app.post("/reset")')[0])
    state = {"STATE_FILE": str(app.with_name("count"))}
    assert explore(app, env=state, seconds=0.3, note=notes.append).status == "passed"
    assert notes == [
        "the app has no POST /reset: each schedule goes on from what GET /report says",
        f"it ran on a copy of {app.parent}; --in-place to use the real one",
    ]


BUYS = """
import os
from pathlib import Path

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()


class Delivery(BaseModel):
    item: str
    pieces: int


def file(item):
    return Path(os.environ["STATE_FILE"] + "." + item)


@app.post("/deliveries")
async def deliver(delivery: Delivery):
    file(delivery.item).write_text(str(delivery.pieces))
    return delivery


@app.post("/stock/{item}/buy")
async def buy(item: str):
    pieces = int(file(item).read_text()) if file(item).exists() else 0
    if not pieces:
        raise HTTPException(409, "none left")
    file(item).write_text(str(pieces - 1))
    return {"bought": item}


@app.get("/stock/{item}")
async def stock(item: str):
    return {"pieces": int(file(item).read_text())}
"""


@pytest.mark.further
def test_who_asks_nothing_is_proposed_a_question_at_a_limit(app: Path) -> None:
    notes: list[str] = []
    app.write_text(BUYS)
    verdict = explore(
        app, env={"STATE_FILE": str(app.with_name("state"))}, seconds=0.3, note=notes.append
    )
    assert verdict.status == "failed", verdict.message
    proposed = next(note for note in notes if note.startswith("proposed"))
    assert '--before \'POST /deliveries {"item": "item{fresh}", "pieces": 1}\'' in proposed
    assert "--program 'POST /stock/item{fresh}/buy | POST /stock/item{fresh}/buy'" in proposed
    assert "--after 'GET /stock/item{fresh}'" in proposed


def test_an_app_of_which_nothing_can_be_asked_says_why(app: Path) -> None:
    app.write_text(
        "from fastapi import FastAPI, HTTPException\napp = FastAPI()\n"
        "@app.post('/x')\ndef x(): raise HTTPException(401, 'who?')\n"
    )
    error = refused(app)
    assert "no question could be made of the app's description: POST /x: 401: sign in" in str(error)


STARTS = """
import os
from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
FILE = Path(os.environ["STATE_FILE"])
{at_its_start}


@app.post("/increment")
def increment():
    with FILE.open("ab", buffering=0) as file:
        file.write(b"+")
    return {{"count": len(FILE.read_bytes())}}


@app.get("/report")
def report():
    return {{"count": len(FILE.read_bytes())}}


@app.post("/reset")
def reset():
    FILE.write_bytes(b"")
    return {{"count": 0}}
"""


@pytest.mark.parametrize("model", ["serial", "counter"])
@pytest.mark.parametrize(
    ("at_its_start", "status"),
    [
        ("FILE.touch()", "passed"),
        pytest.param("FILE.write_bytes(b'')", "failed", marks=pytest.mark.further),
    ],
    ids=["touches", "wipes"],
)
def test_a_worker_that_starts_meanwhile_wipes_nothing(app, model, at_its_start, status, tmp_path):
    app.write_text(STARTS.format(at_its_start=at_its_start))
    found = explore(
        app,
        env={"STATE_FILE": str(tmp_path / "count")},
        program="START | POST /increment",
        before="POST /reset | POST /increment",
        after="GET /report",
        model=model,
        seconds=2,
    )
    assert found.status == status, found
