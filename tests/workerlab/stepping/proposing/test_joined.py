"""Apps that are mounted in an app are asked, too, each by its own description."""

from __future__ import annotations

from pathlib import Path

import pytest

from workerlab.scouting.scout import scout
from workerlab.stepping import SteppedServer
from workerlab.stepping.program import Request
from workerlab.stepping.proposing.asked_for import description_of
from workerlab.stepping.proposing.description import Description
from workerlab.stepping.proposing.joined import as_called, is_description, joined

APP = """
import fcntl
from pathlib import Path

from fastapi import FastAPI
from pydantic import BaseModel

app, shop = FastAPI(), FastAPI()
app.mount("/shop/v2/", shop)
Path("lock").touch()


class Thing(BaseModel):
    name: str


def add(file: str) -> None:
    path = Path(file)
    path.write_text(str(int(path.read_text()) + 1) if path.exists() else "1")


@app.post("/visits")
async def visit():
    with open("lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        add("visits")


@app.get("/visits")
async def visits():
    return Path("visits").exists() and Path("visits").read_text()


Before = Thing


class Thing(BaseModel):
    price: int


@shop.post("/things")
async def sell(thing: Thing):
    add("sold")
    return thing


@shop.get("/things")
async def sold():
    return Path("sold").exists() and Path("sold").read_text()
"""


def test_both_are_asked_and_each_has_its_own_schemas(tmp_path: Path):
    (tmp_path / "app.py").write_text(APP)
    survey = scout(tmp_path / "app.py", seconds=0.3)
    status = {one["pair"]: one["status"] for one in survey["answers"]}
    sell = "POST /shop/v2/things"
    assert status[f"{sell} | {sell}"] == "race", status
    assert status["POST /visits | POST /visits"] == "nothing_found", status


BEHIND_A_PROXY = """
from fastapi import FastAPI

app = FastAPI(root_path="/api")  # it answers below this path, too


@app.post("/things")
async def add():
    return {}
"""


def test_an_app_that_describes_itself_at_two_places_is_asked_once(tmp_path: Path):
    (tmp_path / "app.py").write_text(BEHIND_A_PROXY)
    with SteppedServer(tmp_path / "app.py") as stepped:
        assert stepped.ask(Request("GET", "/api/openapi.json")).ok
        assert [str(one) for one in description_of(stepped).operations] == ["POST /things"]


def described(paths: dict, schema: dict | None = None, **more: object) -> dict:
    return {"paths": paths, "components": {"schemas": {"Thing": schema or {}}}, **more}


def a_post(reference: str) -> dict:
    body = {"content": {"application/json": {"schema": {"$ref": reference}}}}
    return {"post": {"requestBody": body, "responses": {}}}


THING = "#/components/schemas/Thing"
NAME, PRICE = ({"properties": {name: {"type": "string"}}} for name in ("name", "price"))


def test_a_schema_of_the_same_name_is_the_one_of_its_own_app():
    own = described({"/a": a_post(THING)}, NAME)
    other = as_called(
        described({"/b": a_post(THING)}, PRICE, servers=[{"url": "/api"}]), "/api/openapi.json"
    )
    description = Description.read(joined([own, other]))
    fields = {str(one): [*description.fields(one)] for one in description.operations}
    assert fields == {"POST /a": ["name"], "POST /api/b": ["price"]}


def test_one_description_is_as_it_is_and_the_first_has_the_path():
    one = described({"/a": a_post(THING)}, NAME)
    assert joined([one]) is one
    again = joined([one, described({"/a": a_post(THING), "/b": {}}, PRICE)])
    assert {*again["paths"]} == {"/a", "/b"} and again["paths"]["/a"] == one["paths"]["/a"]


@pytest.mark.parametrize("said", [None, [], "x", {"paths": []}, {"openapi": "3.1.0"}])
def test_what_is_no_description(said: object):
    assert not is_description(said)
