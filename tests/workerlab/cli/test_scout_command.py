"""`workerlab scout` on a small counter: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest
from homes import LOCKED, RACY, Home, one_line_and_the_fix

from workerlab.cli import main

SCHEMAS = Path(__file__).parents[3] / "docs/design/schemas"
PAIR = "POST /increment | POST /increment"


@pytest.mark.further
def test_a_race_in_every_form_and_again(home: Home) -> None:
    files = {"json": "r.json", "html": "r.html", "junit": "r.xml", "sarif": "r.sarif"}
    written = [word for name, file in files.items() for word in (f"--{name}", file)]
    (home.folder / "app.py").write_text(RACY)
    done = home.run("scout", "app.py", "--seconds", "0.2", "--github", *written)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.startswith(f"✘ race  {PAIR}  app.py:12 and app.py:18\n")
    assert "replayed 3 times of 3" in done.stdout

    survey = json.loads((home.folder / "r.json").read_text())
    jsonschema.validate(survey, json.loads((SCHEMAS / "scout.json").read_text()))
    race = next(one for one in survey["answers"] if one["pair"] == PAIR)
    assert [line["line"] for line in race["lines"]] == [12, 18]
    assert f"again: {race['command']}" in done.stdout

    annotations = [line for line in done.stdout.splitlines() if line.startswith("::error ")]
    found = [
        re.match(r"::error file=app\.py,line=(\d+),title=[^:]+::.", one) for one in annotations
    ]
    assert all(found) and [one[1] for one in found[:2]] == ["12", "18"]

    page = (home.folder / "r.html").read_text()
    assert page.startswith("<!doctype html>") and "prefers-color-scheme:dark" in page
    assert PAIR in page and not re.search(r'(src|href)="(https?:)?//', page)

    cases = {case.get("name"): case for case in ET.parse(home.folder / "r.xml").iter("testcase")}
    assert cases[PAIR].find("failure") is not None and cases[PAIR].get("line") == "12"
    assert cases.keys() == {one["pair"] for one in survey["answers"]}

    run = json.loads((home.folder / "r.sarif").read_text())["runs"][0]
    result = next(one for one in run["results"] if one["partialFingerprints"]["pair/v1"] == PAIR)
    places = [*result["locations"], *result["relatedLocations"]]
    where = [one["physicalLocation"] for one in places]
    assert {one["artifactLocation"]["uri"] for one in where} == {"app.py"}
    assert [one["region"]["startLine"] for one in where] == [12, 18]
    assert result["ruleId"] == run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "race"

    again = home.run("replay", "r.json", PAIR)
    assert again.returncode == 1, again.stdout + again.stderr
    assert "it loses again" in again.stdout


@pytest.mark.further
def test_a_right_service_has_none(home: Home) -> None:
    home.app.write_text(LOCKED.replace('    FILE.write_text("0")', "    keep(0)").replace(
        "@app.post(\"/reset\")",
        'def keep(count):\n    with open("lock", "w") as lock:\n'
        "        fcntl.flock(lock, fcntl.LOCK_EX)\n        FILE.write_text(str(count))\n\n\n"
        '@app.post("/reset")',
    ))  # fmt: skip
    done = home.run("scout", home.app, "--seconds", "0.2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 pairs of 3 were found to race, 3 were not" in done.stdout


@pytest.fixture
def refused(home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.chdir(home.folder)

    def run(source: str, *options: str) -> str:
        (home.folder / "app.py").write_text(source)
        status = main(["scout", "app.py", *options])
        err = capsys.readouterr().err
        assert status == 2, err
        one_line_and_the_fix(err)
        return err

    return run


APP = "from fastapi import FastAPI\napp = FastAPI()\n"
POST = "@app.post('/x')\ndef x(): return 1\n"


@pytest.mark.parametrize(
    ("source", "options", "told"),
    [
        (APP.replace("()", "(openapi_url=None)") + POST, (), "has no description at /openapi.json"),
        (APP, (), "has no operation"),
        (APP + "@app.get('/x')\ndef x(): return 1\n", (), "has GET /x; to ask those"),
        (APP + POST + "app.openapi = lambda: {'paths': 3}\n", (), "it has no paths"),
        (APP + POST + "app.openapi = lambda: 1 / 0\n", (), "GET /openapi.json got 500"),
        ("import threading\nthreading.Event().wait()\n", ("--deadline", "2"), "waiting"),
        (APP + POST, ("--header", "token"), 'write it as "Authorization: Bearer …"'),
        (APP + POST, ("--journal", "app.py/journal"), "cannot write"),
        (APP + POST, ("--openapi", "none.json"), "cannot read none.json"),
    ],
)
def test_bad_input_is_one_line_with_help(refused, source: str, options: tuple, told: str) -> None:
    assert told in refused(source, *options)
