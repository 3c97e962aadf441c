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
    ],
    ids=["syntax", "import", "no-app", "exits"],
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
        (RACY.replace("/report", "/clear"), "it has POST /increment, GET /clear, POST /reset"),
        (RACY.replace("return {", "return '<html>' or {"), "a counter answers"),
        (RACY.replace("    count = read()\n", "    count = 1 / 0\n"), "500, even alone"),
    ],
    ids=["no-endpoints", "endpoint-missing", "html", "error"],
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
    assert notes == ["the app has no POST /reset: each schedule goes on from what GET /report says"]
