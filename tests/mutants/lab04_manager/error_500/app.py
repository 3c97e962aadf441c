"""An exception for whoever asks while the state server is away."""

import os
from multiprocessing.connection import Client

from fastapi import FastAPI

app = FastAPI()


def address() -> str | tuple[str, int]:
    where = os.environ["STATE_SERVER"]
    if where.startswith("/"):
        return where
    host, _, port = where.rpartition(":")
    return host, int(port)


def ask(question: str) -> int:
    with Client(address(), authkey=os.environ["STATE_KEY"].encode()) as server:
        server.send(question)
        return server.recv()


@app.post("/increment")
def increment() -> dict[str, int]:
    return {"count": ask("add")}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": ask("report")}


@app.post("/reset")
def reset() -> dict[str, int]:
    return {"count": ask("reset")}
