"""A scout finds what races, says what it could not ask, and can be stopped and gone on with."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from planted import NOT_ASKED, RACES

from workerlab.scouting.records import FOUND, Answer, Survey
from workerlab.scouting.results import by_pair, exit_status, not_asked_at_all, of_status
from workerlab.scouting.scout import scout
from workerlab.services import Redis

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[3]
SCHEMAS = ROOT / "docs/design/schemas"
TAKE, GIVE = "POST /pots/{pot_id}/take", "POST /pots/{pot_id}/give"


def schema(name: str) -> dict:
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("small")


@pytest.fixture(scope="module")
def journal(place: Path) -> Path:
    return place / "journal.jsonl"


@pytest.fixture(scope="module")
def survey(place: Path, journal: Path) -> Survey:
    """What a scout of the small app says."""
    return scout(HERE / "apps/small.py", env={"FOLDER": str(place)}, seconds=0.2, journal=journal)


def pairs(survey: Survey, *statuses: str) -> set[str]:
    return {one["pair"] for one in of_status(survey, *statuses)}


def test_each_pair_with_the_racy_operation_races_and_no_other(survey: Survey) -> None:
    assert pairs(survey, "race") == {f"{TAKE} | {TAKE}", f"{TAKE} | {GIVE}"}
    assert f"{GIVE} | {GIVE}" in pairs(survey, "nothing_found")
    assert exit_status(survey) == 1


def test_a_race_is_told_by_a_schedule_that_replayed_and_by_its_two_lines(survey: Survey) -> None:
    for answer in of_status(survey, "race"):
        assert answer["evidence"] is not None
        assert answer["evidence"]["replayed"] == 3
        jsonschema.validate(answer["evidence"], schema("evidence"))
        looked, wrote = answer["lines"]
        assert "read_text" in looked["source"] and "write_text" in wrote["source"]
        assert looked["task"] != wrote["task"]
        assert Path(looked["file"]).name == "small.py"
        assert answer["command"].startswith("workerlab explore ")


def test_what_could_not_be_asked_has_its_reason(survey: Survey) -> None:
    (answer,) = of_status(survey, "not_asked")
    assert answer["pair"] == "DELETE /secrets | DELETE /secrets"
    assert answer["message"].startswith("401: sign in")
    assert not_asked_at_all(survey) == ["DELETE /secrets"]


def test_it_is_as_the_schema_says(survey: Survey) -> None:
    jsonschema.validate(survey, schema("scout"))


@pytest.mark.further
def test_the_journal_has_all_of_it_and_half_a_line_does_no_harm(
    survey: Survey, journal: Path, place: Path
) -> None:
    lines = journal.read_text().splitlines()
    assert [json.loads(line) for line in lines[1:]] == survey["answers"]
    kept = place / "half.jsonl"
    kept.write_text("\n".join(lines[:3]) + "\n" + lines[3][:20])
    met: list[Answer] = []
    env = {"FOLDER": str(place)}
    again = scout(
        HERE / "apps/small.py", env=env, seconds=0.2, journal=kept, resume=True, found=met.append
    )
    known = [(one["pair"], one["kind"]) for one in survey["answers"]]
    assert [(one["pair"], one["kind"]) for one in again["answers"]] == known
    assert [(one["pair"], one["kind"]) for one in met] == known[2:]
    assert [json.loads(line) for line in kept.read_text().splitlines()[1:]] == again["answers"]


@pytest.mark.further
def test_with_a_header_it_is_signed_in_and_without_time_the_rest_is_not_asked(place: Path) -> None:
    survey = scout(
        HERE / "apps/small.py",
        env={"FOLDER": str(place)},
        only=["DELETE /secrets"],
        headers=(("authorization", "Bearer key"),),
        seconds=0.2,
    )
    assert exit_status(survey) == 0, by_pair(survey["answers"])
    survey = scout(HERE / "apps/small.py", env={"FOLDER": str(place)}, within=0)
    assert exit_status(survey) == 3
    assert {one["message"] for one in by_pair(survey["answers"])} == {
        "the time was over before it could be asked: go on with --resume"
    }


WITH_A_KEY = """
from fastapi import FastAPI, Header, HTTPException

app = FastAPI()
stock = 5


@app.post("/buy")
def buy(x_api_key: str = Header()):
    global stock
    if x_api_key != "key":
        raise HTTPException(401)
    left = stock - 1
    stock = left
    return {"left": left}


@app.post("/reset")
def reset():
    global stock
    stock = 5
    return {}
"""


def test_a_header_that_the_app_declares_is_the_one_that_was_given(tmp_path: Path) -> None:
    """A proposed value behind it would be the one that the app sees."""
    (tmp_path / "app.py").write_text(WITH_A_KEY)
    headers = (("x-api-key", "key"),)
    survey = scout(tmp_path / "app.py", only=["POST /buy"], headers=headers, seconds=0.2, workers=1)
    (found,) = of_status(survey, *FOUND)
    assert found["pair"] == "POST /buy | POST /buy"


@pytest.mark.nightly
@pytest.mark.parametrize("name", RACES)
def test_every_planted_race_is_found_and_no_other(name: str, tmp_path: Path) -> None:
    app = ROOT / "notebooks/apps/shop/main.py" if name == "shop" else HERE / f"apps/{name}.py"
    env = {"FOLDER": str(tmp_path), "SHOP_FOLDER": str(tmp_path)}
    survey = scout(app, env={**env, "STATE_FILE": str(tmp_path / "state.db")})
    found = of_status(survey, *FOUND)
    assert {one["pair"] for one in found} >= {f"{one} | {one}" for one in RACES[name]}
    for answer in found:
        assert {*answer["pair"].split(" | ")} & RACES[name], answer["message"]
        assert answer["evidence"] is not None and answer["evidence"]["replayed"] == 3
    assert {*not_asked_at_all(survey)} == NOT_ASKED[name]


FIELD = HERE.parent / "stepping/field"
FAULTS = {  # services that nobody wrote for a scout, and the pairs in which their fault shows
    "items_dict/wrong": {"POST /items | POST /items", "POST /items | DELETE /items"},
    "jobs/wrong": {"POST /convert | POST /convert"},
    "jobs/right": set(),
    "refresh/wrong": {"POST /refresh | POST /refresh", "POST /login | POST /refresh"},
    "refresh/right": set(),
    "idempotency/wrong": {"POST /charges | POST /charges"},
    "idempotency/right": set(),
    "middleware/http_mw": {"POST /hit | POST /hit"},
    "middleware/http_mw_right": set(),
}


@pytest.mark.nightly
@pytest.mark.parametrize("case", FAULTS)
def test_the_fault_of_a_service_is_found_unasked(case: str, tmp_path: Path) -> None:
    service = Redis(own=True)
    with service as url:
        env = {"STATE_FILE": str(tmp_path / "state.db"), "REDIS_URL": url}
        survey = scout(FIELD / f"{case}.py", env=env, services=[service.pid])
    found = of_status(survey, *FOUND)
    assert {one["pair"] for one in found} == FAULTS[case], by_pair(survey["answers"])
    assert exit_status(survey) == bool(FAULTS[case])
