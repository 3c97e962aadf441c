"""Asks for the count, and sends back one more: two messages."""

import os
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client

from fastapi import FastAPI, HTTPException

app = FastAPI()


def address() -> str | tuple[str, int]:
    where = os.environ["STATE_SERVER"]
    if where.startswith("/"):
        return where
    host, _, port = where.rpartition(":")
    return host, int(port)


def ask(question: str | int) -> int:
    try:
        with Client(address(), authkey=os.environ["STATE_KEY"].encode()) as server:
            server.send(question)
            return server.recv()
    except (OSError, EOFError):
        raise HTTPException(503, "the state server is away") from None
    except AuthenticationError:
        raise HTTPException(503, "the state server does not accept our key") from None


@app.post("/increment")
def increment() -> dict[str, int]:
    return {"count": ask(ask("report") + 1)}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": ask("report")}


@app.post("/reset")
def reset() -> dict[str, int]:
    return {"count": ask(0)}
