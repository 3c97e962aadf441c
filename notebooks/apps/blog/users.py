"""Who writes here: sign up, sign in, and who asks."""

import hashlib
import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from pydantic import BaseModel

from blog.database import Database

router = APIRouter(tags=["users"])
Token = Annotated[str, Depends(OAuth2PasswordBearer(tokenUrl="login"))]


class NewUser(BaseModel):
    name: str
    password: str


def hashed(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()  # a real one takes a slow hash, and salt


@router.post("/users", status_code=201)
async def sign_up(user: NewUser, database: Database) -> dict[str, str]:
    if await database.fetchval("SELECT true FROM users WHERE name = $1", user.name):
        raise HTTPException(409, "this name is taken")
    await database.execute("INSERT INTO users VALUES ($1, $2)", user.name, hashed(user.password))
    return {"name": user.name}


@router.post("/login")
async def sign_in(
    form: Annotated[OAuth2PasswordRequestForm, Depends()], database: Database
) -> dict[str, str]:
    known = await database.fetchval("SELECT password FROM users WHERE name = $1", form.username)
    if known != hashed(form.password):
        raise HTTPException(401, "no such name and password")
    token = secrets.token_urlsafe()
    await database.execute("INSERT INTO sessions VALUES ($1, $2)", token, form.username)
    return {"access_token": token, "token_type": "bearer"}


async def signed_in(token: Token, database: Database) -> str:
    name: str | None = await database.fetchval("SELECT name FROM sessions WHERE token = $1", token)
    if name is None:
        raise HTTPException(401, "sign in first")
    return name


Me = Annotated[str, Depends(signed_in)]
