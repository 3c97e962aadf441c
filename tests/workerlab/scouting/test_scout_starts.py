"""A scout starts an app as `explore` does: the same options, and the same data before each run."""

from __future__ import annotations

import json
import shlex
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from workerlab.cli import main
from workerlab.errors import BadUsage
from workerlab.questions.starting import Starting
from workerlab.scouting.results import of_status
from workerlab.scouting.scout import scout

APPS = Path(__file__).parent / "apps"
BOOK, WALK_IN = "POST /seats", "POST /seats/walk-in"
PAIRS = {f"{BOOK} | {BOOK}", f"{WALK_IN} | {WALK_IN}", f"{BOOK} | {WALK_IN}"}
START = ["rooms.main:app", "--app-dir", "backend", "--env", "SEATS=1"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose app is a module in a folder; the working directory."""
    monkeypatch.delenv("SEATS", raising=False)
    package = tmp_path / "backend" / "rooms"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    shutil.copy(APPS / "seats.py", package / "main.py")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_app_in_a_folder_with_a_setting_and_each_question_begins_alike(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "more.env").write_text("COLOUR=blue\n")
    files = ["--env-file", "more.env", "--json", "found.json"]
    assert main(["scout", *START, *files, "--python", sys.executable, "--seconds", "0.2"]) == 1
    told = capsys.readouterr().out
    survey = json.loads(Path("found.json").read_text())
    races = {one["pair"]: one for one in of_status(survey, "race")}
    assert races.keys() == PAIRS, "no question begins with a seat that an earlier one has taken"
    assert "put back before each schedule" in told and "seats.db" in told
    assert not [*project.rglob("seats.db")], "it ran on a copy"

    race = races[f"{BOOK} | {WALK_IN}"]
    assert {line["file"] for line in race["lines"]} == {"backend/rooms/main.py"}
    start = f"workerlab explore rooms.main:app --app-dir backend --python {sys.executable} "
    assert race["command"].startswith(f'{start}--env-file more.env --env SEATS="$SEATS" --model ')
    assert (survey["env"], survey["in_place"]) == (["SEATS"], False)
    (again,) = [line for line in told.splitlines() if "again:" in line and WALK_IN in line][:1]
    command = shlex.split(again.partition("again: ")[2])
    assert "SEATS=1" in command, "it can be pasted"
    assert main([*command[1:], "--seconds", "0.5"]) == 1
    assert "409" in capsys.readouterr().out

    assert main(["replay", "found.json", race["pair"]]) == 2
    assert "found with a setting SEATS" in capsys.readouterr().err
    assert main(["replay", "found.json", race["pair"], "--env", "SEATS=1"]) == 1


def test_it_goes_on_with_the_same_options_and_with_no_others(project: Path) -> None:
    journal = Path("workerlab-scout.jsonl")
    options = ["scout", *START, "--seconds", "0.2"]
    assert main(options) == 1
    lines = journal.read_text().splitlines()
    journal.write_text("\n".join(lines[:2]) + "\n")
    assert main([*options, "--resume"]) == 1
    again = journal.read_text().splitlines()
    assert again[:2] == lines[:2] and len(again) == len(lines)
    assert [json.loads(one)["status"] for one in again[1:]] == ["race"] * len(lines[1:])
    assert main([*options, "--resume", "--reset-command", "true"]) == 2
    assert journal.read_text().splitlines() == again


def test_a_journal_says_which_option_differs(project: Path) -> None:
    about = {"app_dir": "backend", "env": {"SEATS": "1"}, "journal": Path("kept"), "within": 0}
    scout("rooms.main:app", **about)
    for more, told in (({"migrate": "true"}, "its migrate"), ({"env": {}}, "its settings")):
        given = {**about, **more}
        if not given["env"]:
            (project / "seats.env").write_text("SEATS=1\n")
            given["env_file"] = ["seats.env"]
        with pytest.raises(BadUsage, match=told):
            scout("rooms.main:app", **given, resume=True)


def test_a_database_elsewhere_is_not_touched_unasked(project: Path) -> None:
    real = project / "real.db"
    with closing(sqlite3.connect(real)) as db:
        db.execute("CREATE TABLE seats (id INTEGER PRIMARY KEY, way TEXT)")
    before = real.read_bytes()
    app = project / "backend/rooms/main.py"
    app.write_text(app.read_text().replace('"seats.db"', repr(str(real))))
    options = {"app_dir": "backend", "env": {"SEATS": "1"}, "seconds": 0.2, "only": [BOOK]}
    with pytest.raises(BadUsage, match=f"the app would change {real}") as caught:
        scout("rooms.main:app", **options)
    assert "--in-place" in caught.value.advice
    assert real.read_bytes() == before
    survey = scout("rooms.main:app", **options, in_place=True)
    (race,) = of_status(survey, "race")
    assert "--in-place" in race["command"]
    with closing(sqlite3.connect(real)) as db:
        assert db.execute("SELECT * FROM seats").fetchall() == [], "it was put back"


@pytest.mark.further
def test_a_migrated_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(APPS / "accounts.py", tmp_path)
    monkeypatch.chdir(tmp_path)
    form = "LEDGER=postgresql://{user}@{host}:{port}/{name}"
    start = ["--with", "postgres", "--migrate", f"{sys.executable} accounts.py", "--as", form]
    assert main(["scout", "accounts.py", *start, "--json", "found.json"]) == 1
    survey = json.loads(Path("found.json").read_text())
    (race,) = of_status(survey, "race")
    assert race["pair"] == "POST /withdrawals | POST /withdrawals"
    assert survey["migrate"] == start[3] and survey["forms"] == [form]
    command = shlex.split(race["command"])
    assert command[3:9] == ["--with", "postgres", "--as", form, "--migrate", start[3]]
    assert main([*command[1:], "--seconds", "1"]) == 1
    assert main(["replay", "found.json"]) == 1


def test_what_is_given_wins_over_what_a_file_asks() -> None:
    asked = {"stores": ["redis"], "env": {"A": "1", "B": "1"}, "env_file": ["a"], "python": "x"}
    given = {"stores": (), "env": {"B": "2"}, "env_file": ("b",), "python": None, "seed": 3}
    found = Starting.of("app.py", given, asked)
    assert (found.stores, found.env, found.env_file) == (
        ("redis",),
        {"A": "1", "B": "2"},
        ("a", "b"),
    )
    assert found.served == {"app_dir": None, "python": "x"}
