"""The MongoDB app of chapter 10: on a real MongoDB where there is one; else what it asks of one."""

import os

import httpx
import pytest
from chapters import NOTEBOOKS
from mongo_double import mongo_double

from workerlab import burst, explore, serve
from workerlab.traffic import until_every_worker_answers

APP = NOTEBOOKS / "apps" / "mongo_counter.py"
REASON = (
    "no MONGODB_URL: run `docker compose --profile mongodb up mongodb`, and set it to "
    "mongodb://127.0.0.1:27017/workerlab"
)
on_a_real_one = pytest.mark.skipif(not os.environ.get("MONGODB_URL"), reason=REASON)


@on_a_real_one
def test_five_workers_lose_nothing():
    with serve(APP, workers=5) as server:
        assert httpx.post(f"{server.url}/reset").json() == {"count": 0}
        history = burst(server, 400, timeout=30)
        reports = until_every_worker_answers(server, "GET", "/report")
    assert sorted(event.output["count"] for event in history) == [*range(1, 401)]
    assert [report["count"] for report in reports.values()] == [400] * 5


@on_a_real_one
def test_no_schedule_loses():
    assert explore(APP, seconds=2, env={"MONGODB_URL": os.environ["MONGODB_URL"]}).passed


def test_an_increment_is_one_command_and_its_answer_is_what_that_has_made():
    with mongo_double() as (url, double), serve(APP, workers=1, env={"MONGODB_URL": url}) as server:
        asked = [("GET", "report"), ("POST", "increment"), ("POST", "reset"), ("POST", "increment")]
        told = [httpx.request(method, f"{server.url}/{name}").json() for method, name in asked]
    assert [answer["count"] for answer in told] == [0, 1, 0, 1]
    commands = [next(iter(command)) for command in double.asked]
    assert commands == ["find", "findAndModify", "update", "findAndModify"]
    increment = double.asked[1]
    assert increment["update"] == {"$inc": {"count": 1}}
    assert increment["upsert"] and increment["new"]
    assert double.document == {"_id": 1, "count": 1}
