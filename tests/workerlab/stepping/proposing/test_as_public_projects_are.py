"""What public projects have, and small apps have not: each was found in one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from workerlab import explore
from workerlab.verdict import Verdict

HEAD = """
import json
import sys
from pathlib import Path

from fastapi import BackgroundTasks, Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, Field


def kept(name):
    return json.loads(Path(name).read_text()) if Path(name).exists() else []


def keep(name, value):
    Path(name).write_text(json.dumps(value))
"""
ELSEWHERE = (
    HEAD
    + """
app = FastAPI(openapi_url="/api/v1/openapi.json")


@app.post("/api/v1/visits")
async def visit():
    keep("visits", [*kept("visits"), 1])


@app.get("/api/v1/visits")
async def visits():
    return kept("visits")
"""
)
LISTS = (
    HEAD
    + """
app = FastAPI()


class Notebook(BaseModel):
    title: str
    notes: list[int]


@app.post("/notebooks")
async def make(new: Notebook):
    if new.notes:
        raise HTTPException(404, "there is no such note")
    keep("notebooks", [*kept("notebooks"), new.title])
    return {"title": new.title}


@app.get("/notebooks")
async def look():
    return kept("notebooks")
"""
)
MEMBERS = (
    HEAD
    + """
app = FastAPI()


class Member(BaseModel):
    username: str = Field(pattern="^[a-z]{2,9}$")
    password: str


class Unknown(BaseModel):
    username: str
    password: str


def me(authorization: str = Header("")):
    if authorization.removeprefix("Bearer ") not in ["root", *kept("members")]:
        raise HTTPException(401, "who are you?")


@app.post("/token")
async def token(who: Unknown):
    if who.username not in ["root", *kept("members")]:
        raise HTTPException(401, "who are you?")
    return {"access_token": who.username}


@app.post("/members", status_code=201)
async def join(new: Member, by=Depends(me)):
    members = kept("members")
    if new.username in members:
        raise HTTPException(409, "taken")
    keep("members", [*members, new.username])


@app.get("/members")
async def members(by=Depends(me)):
    return kept("members")
"""
)
AFTERWARDS = (
    HEAD
    + """
app = FastAPI()


class Note(BaseModel):
    text: str


def summarise():
    raise ConnectionError("no network here")


@app.post("/notes", status_code=201)
async def write(new: Note, later: BackgroundTasks):
    later.add_task(summarise)
    keep("notes", [*kept("notes"), new.text])


@app.get("/notes")
async def read():
    return kept("notes")
"""
)
NO_WORD = (
    HEAD
    + """
from fastapi.responses import JSONResponse

app = FastAPI()


@app.exception_handler(KeyError)
async def no_word(request, error):
    return JSONResponse({"message": "Please try again later."}, 500)


@app.post("/a-loud-one")
async def loud():
    raise ZeroDivisionError("this is not the reason")


@app.post("/quiet")
async def quiet():
    return {}["nothing"]


@app.post("/visits")
async def visit():
    keep("visits", [*kept("visits"), 1])


@app.get("/visits")
async def visits():
    return kept("visits")
"""
)
LIBRARY = (
    HEAD
    + """
from fastapi import APIRouter

router = APIRouter()


class User(BaseModel):
    name: str


@router.post("/register", status_code=201)
async def register(new: User):
    users = kept("users")
    keep("users", [*users, new.name])


@router.get("/users")
async def users():
    return kept("users")
"""
)
USES_IT = """
import sys
from pathlib import Path

from fastapi import Depends, FastAPI

sys.path.insert(0, str(Path(__file__).parent / "site-packages"))
from users_of_all import router

app = FastAPI()


def session():
    yield 1


app.include_router(router, dependencies=[Depends(session)])
"""


def proposed(source: str, tmp_path: Path, **options: object) -> tuple[Verdict, str]:
    """The verdict, and the notes that came with it."""
    notes: list[str] = []
    file = tmp_path / "app.py"
    file.write_text(source)
    verdict = explore(file, seconds=0.3, note=notes.append, **options)
    return verdict, "\n".join(notes)


@pytest.mark.parametrize(
    ("source", "part"),
    [
        (ELSEWHERE, "POST /api/v1/visits | POST /api/v1/visits"),
        (LISTS, '"notes": []'),
        (AFTERWARDS, "POST /notes"),
    ],
    ids=["description elsewhere", "lists of what must be there", "a task fails afterwards"],
)
def test_its_race_is_found(source: str, part: str, tmp_path: Path):
    verdict, notes = proposed(source, tmp_path)
    assert verdict.status == "failed", verdict.message
    assert part in notes
    assert "not asked" not in notes


def test_who_signs_in_is_known_in_the_question_that_is_proposed(tmp_path: Path):
    sign_in = 'root: POST /token {"username": "root", "password": "x"}'
    verdict, notes = proposed(MEMBERS, tmp_path, sign_in=sign_in)
    assert verdict.status == "failed", verdict.message
    assert "POST /members 201, POST /members 409" in notes, (
        "what was tried before has been put back"
    )


def test_an_error_is_not_the_reason_of_another_operation(tmp_path: Path):
    _, notes = proposed(NO_WORD, tmp_path)
    assert "not asked: POST /a-loud-one: 500, even alone (ZeroDivisionError: this is not" in notes
    assert "not asked: POST /quiet: 500, even alone: no race; fix it first" in notes


def test_a_worker_is_held_inside_a_package_that_brings_endpoints_along(tmp_path: Path):
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "users_of_all.py").write_text(LIBRARY)
    verdict, _ = proposed(USES_IT, tmp_path)
    assert verdict.status == "failed", verdict.message
    assert "users_of_all.py" in str(verdict.evidence)
