"""A shop for members: tokens, session cookies, forms, orders that are paid later, and headers.

FAULT names what is wrong with it: "race" (two may pay for the last lamp), "etag" (only a header of
a response is wrong), "session" (a cookie is known to the worker that set it, and to no other).
Its data are files that no task has to wait for.
"""

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qs

from fastapi import FastAPI, Header, HTTPException, Request, Response

app = FastAPI()
FAULT, FOLDER = os.environ.get("FAULT", ""), Path(os.environ["STATE_FOLDER"])
LAMP, SOLD, PRICE = FOLDER / "lamp", FOLDER / "sold", FOLDER / "price"
HERE: set[str] = set()


def member(token: str) -> str:
    if (FAULT == "session" and token not in HERE) or not token.endswith("signed"):
        raise HTTPException(401, "nobody has signed in")
    return token.partition(".")[0]


def new_token(name: str) -> str:
    token = f"{name}.{secrets.token_hex(8)}.signed"
    HERE.add(token)
    return token


@app.post("/token")
async def token(request: Request):
    form = parse_qs((await request.body()).decode())
    if form.get("password") != ["secret"]:
        raise HTTPException(400, "wrong password")
    return {"access_token": new_token(form["username"][0]), "token_type": "bearer"}


@app.post("/login")
def login(name: str, response: Response):
    response.set_cookie("sid", new_token(name))
    return {"hello": name}


@app.get("/mine")
def mine(request: Request):
    return {"name": member(request.cookies.get("sid", ""))}


@app.post("/restock")
def restock():
    LAMP.write_text("")
    SOLD.write_text("")
    PRICE.write_text("1 1")


@app.post("/orders", status_code=201)
def order(response: Response, authorization: str = Header()):
    number = f"{member(authorization.removeprefix('Bearer '))}-{secrets.token_hex(4)}"
    response.headers["location"] = f"/orders/{number}"
    return {"id": number, "items": [{"sku": "lamp"}]}


@app.post("/orders/{number}/pay")
def pay(number: str, sku: str, authorization: str = Header()):
    if number.partition("-")[0] != member(authorization.removeprefix("Bearer ")):
        raise HTTPException(404, "no such order of yours")
    if not LAMP.exists():
        raise HTTPException(409, f"{sku} is sold out")
    try:
        LAMP.unlink(missing_ok=FAULT == "race")
    except FileNotFoundError:
        raise HTTPException(409, f"{sku} is sold out") from None
    with SOLD.open("a") as sold:
        sold.write("x")
    return {"paid": sku}


@app.get("/stock")
def stock():
    return {"left": int(LAMP.exists()), "sold": SOLD.stat().st_size}


@app.put("/price/{price}")
def set_price(price: int):
    old = PRICE.read_text().split()[0]
    PRICE.write_text(f"{price} {old if FAULT == 'etag' else price}")
    return {}


@app.get("/price")
def price(response: Response):
    response.headers["etag"] = f'"{PRICE.read_text().split()[1]}"'
    return {}
