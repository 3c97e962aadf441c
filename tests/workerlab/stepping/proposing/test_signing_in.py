"""Where an app wants to know who asks, a new client signs up and in, and then is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from workerlab import explore
from workerlab.errors import BadUsage
from workerlab.scouting.scout import scout
from workerlab.verdict import Verdict

STORE = """
from pathlib import Path

from fastapi import Cookie, Depends, FastAPI, Form, Header, HTTPException, Query, Response
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from pydantic import BaseModel

app = FastAPI()
POINTS = Path("points")


def users():
    return {file.stem: file.read_text() for file in Path().glob("*.user")}


def keep(name, password):
    try:
        with open(f"{name}.user", "x") as file:
            file.write(password)
    except FileExistsError:
        raise HTTPException(409, "taken") from None


def points():
    return len(POINTS.read_bytes()) if POINTS.exists() else 0
"""
WRONG = """

@app.post("/points")
async def earn(name=Depends(me)):
    had = points()
    POINTS.write_bytes(b"+" * (had + 1))
    return {"name": name}


@app.get("/points")
async def look(name=Depends(me)):
    return {"points": points()}
"""
RESET = """

@app.post("/reset")
async def reset(name=Depends(me)):
    POINTS.unlink(missing_ok=True)
"""
RIGHT = WRONG.replace(
    '    had = points()\n    POINTS.write_bytes(b"+" * (had + 1))\n',
    '    with POINTS.open("ab", buffering=0) as file:\n        file.write(b"+")\n',
)
FORM_AND_TOKEN = """

class Join(BaseModel):
    username: str
    password: str


@app.post("/users", status_code=201)
async def join(new: Join):
    keep(new.username, new.password)


@app.post("/auth/token")
async def token(form: OAuth2PasswordRequestForm = Depends()):
    if users().get(form.username) != form.password:
        raise HTTPException(401, "wrong name or password")
    return {"access_token": form.username, "token_type": "bearer"}


async def me(shown: str = Depends(OAuth2PasswordBearer(tokenUrl="auth/token"))):
    if shown not in users():
        raise HTTPException(401, "who?")
    return shown
"""
MAIL_AND_COOKIE = """

class Member(BaseModel):
    email: str
    password: str
    password_confirm: str
    full_name: str
    age: int


class Enter(BaseModel):
    email: str
    password: str


@app.post("/api/v1/signup")
async def signup(new: Member):
    if "@" not in new.email or new.password != new.password_confirm or len(new.password) < 8:
        raise HTTPException(422, "no")
    keep(new.email, new.password)


@app.post("/api/v1/login")
async def login(entered: Enter, response: Response):
    if users().get(entered.email) != entered.password:
        raise HTTPException(401, "wrong")
    response.set_cookie("session", entered.email.replace("@", " at "))


async def me(session: str = Cookie("")):
    if session.replace(" at ", "@") not in users():
        raise HTTPException(403, "sign in")
    return session
"""
MAIL_IN_THE_FORM = FORM_AND_TOKEN.replace("    username: str", "    email: str").replace(
    "new.username", "new.email"
)
QUERY = """

@app.post("/register")
async def register(user_name: str, password: str = Query(min_length=8)):
    keep(user_name, password)


@app.post("/login")
async def login(user_name: str, password: str):
    if users().get(user_name) != password:
        raise HTTPException(401, "wrong")
    return {"access_token": user_name}


async def me(authorization: str = Header("")):
    if authorization.removeprefix("Bearer ") not in users():
        raise HTTPException(401, "sign in")
    return authorization
"""
NO_WAY_IN = FORM_AND_TOKEN.replace('@app.post("/users", status_code=201)\n', "")
WAYS = (FORM_AND_TOKEN, MAIL_AND_COOKIE, MAIL_IN_THE_FORM, QUERY)
WORDS = ("a form and a token", "an e-mail and a cookie", "an e-mail in the form", "a query")


def served(tmp_path: Path, code: str) -> Path:
    app = tmp_path / "app.py"
    app.write_text(code)
    return app


def asked(app: Path) -> tuple[Verdict, str]:
    said: list[str] = []
    return explore(app, seconds=2, note=said.append), "\n".join(said)


@pytest.mark.parametrize("way", WAYS, ids=WORDS)
def test_a_client_signs_up_and_in_and_then_its_race_is_found(way, tmp_path):
    verdict, said = asked(served(tmp_path, STORE + way + WRONG))
    assert "--program 'POST /points | POST /points'" in said
    assert "--sign-in" in said
    assert verdict.status == "failed", f"{said}\n{verdict}"


@pytest.mark.further
@pytest.mark.parametrize("way", WAYS, ids=WORDS)
def test_a_right_app_behind_a_sign_in_passes(way, tmp_path):
    verdict, said = asked(served(tmp_path, STORE + way + RIGHT))
    assert "--program 'POST /points | POST /points'" in said
    assert verdict.passed, f"{said}\n{verdict}"


def test_where_nobody_can_sign_up_it_is_said_and_nothing_passes(tmp_path):
    code = STORE + NO_WAY_IN + WRONG
    with pytest.raises(BadUsage, match="sign in"):
        asked(served(tmp_path, code))


@pytest.mark.further
def test_scout_signs_in_and_its_command_can_be_typed(tmp_path):
    survey = scout(served(tmp_path, STORE + FORM_AND_TOKEN + WRONG + RESET), only=["POST /points"])
    racing = [one for one in survey["answers"] if one["status"] == "race"]
    assert racing, survey["answers"]
    assert "--sign-in" in racing[0]["command"]
