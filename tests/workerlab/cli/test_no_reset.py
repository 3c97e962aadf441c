"""An app without a reset is explored, too: what is said of it is true all the same."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from further import mostly_further
from homes import LOCKED, RACY, Home

OWN_COPIES = """
from fastapi import FastAPI

app, meta = FastAPI(), {"count": 0}


@app.post("/increment")
async def increment():
    meta["count"] += 1
    return meta


@app.get("/report")
async def report():
    return meta
"""
SCHEMA = json.loads((Path(__file__).parents[3] / "docs/design/schemas/evidence.json").read_text())
GOES_ON = "the app has no POST /reset: each schedule goes on from what GET /report says"


def without_reset(source: str) -> str:
    return source.partition('@app.post("/reset")')[0]


@pytest.mark.further
def test_a_right_counter_that_goes_on_is_not_held_against_one_that_begins_at_0(home: Home) -> None:
    home.app.write_text(without_reset(LOCKED))
    (home.folder / "count").write_text("41")
    done = home.run("explore", home.app, "--seconds", "1", STATE_FILE=str(home.folder / "count"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{GOES_ON}\n") and "\npassed: no losing schedule" in done.stdout
    assert (home.folder / "count").read_text() == "41", "it counted on in a copy"


@pytest.mark.further
def test_a_lost_update_is_held_against_where_the_count_stood(home: Home) -> None:
    home.app.write_text(without_reset(RACY))
    done = home.run("explore", home.app, "--json", "loss.json")
    assert done.returncode == 1, done.stdout + done.stderr
    found = json.loads((home.folder / "loss.json").read_text())["evidence"]
    jsonschema.validate(found, SCHEMA)
    first, second, report = (row["output"]["count"] for row in found["requests"])
    assert first == second == report
    assert found["expected"].startswith(f"the count was {report - 1} before; every order gives")
    assert home.run("replay", "loss.json").returncode == 1


@pytest.mark.parametrize("workers", mostly_further([2, 3], (2).__eq__))
def test_workers_with_a_copy_each_disagree_without_any_race(home: Home, workers: int) -> None:
    home.app.write_text(OWN_COPIES)
    done = home.run("explore", home.app, "--workers", workers, "--json", "loss.json")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "failed: the workers disagree, without any race: after one POST /incr" in done.stdout
    found = json.loads((home.folder / "loss.json").read_text())["evidence"]
    reports = [row for row in found["requests"] if row["path"] == "/report"]
    jsonschema.validate(found, SCHEMA)
    assert len({row["worker"] for row in reports}) == len(reports) == workers
    assert sum(row["output"]["count"] > 0 for row in reports) == 1
    assert all(f"GET /report on worker {row['worker']}  200" in done.stdout for row in reports)
    again = home.run("replay", "loss.json")
    assert again.returncode == 1, again.stdout + again.stderr


def test_one_worker_alone_counts(home: Home) -> None:
    home.app.write_text(OWN_COPIES)
    done = home.run("explore", home.app, "--workers", "1", "--seconds", "1")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.further
def test_a_request_that_is_wrong_alone_is_no_disagreement(home: Home) -> None:
    home.app.write_text(
        without_reset(RACY).replace('return {"count": count + 1}', 'return {"count": count}')
    )
    done = home.run("explore", home.app)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "failed: one request alone is answered wrong, without any race" in done.stdout


@pytest.mark.further
def test_an_app_that_is_its_own_truth_begins_each_time_with_the_same_file(home: Home) -> None:
    home.app.write_text(without_reset(RACY))
    before = [*home.app.parent.iterdir()]
    done = home.run("explore", home.app, "--model", "serial", "--json", "loss.json")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "report says 1" in done.stdout
    assert "put back before each schedule" in done.stdout
    assert home.run("replay", "loss.json").returncode == 1
    assert [*home.app.parent.iterdir()] == before


@pytest.mark.further
def test_an_app_that_is_its_own_truth_must_tell_the_same_one_twice(home: Home) -> None:
    by_chance = RACY.replace("    count = read()\n", "    count = randrange(1000_000)\n")
    home.app.write_text("from random import randrange\n" + without_reset(by_chance))
    done = home.run("explore", home.app, "--model", "serial")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "inconclusive: there is nothing to hold the app against" in done.stdout
    assert "name with --before a request" in done.stdout
