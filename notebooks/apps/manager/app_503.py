"""The same counter, for days on which the state server is away: new connections, and a 503."""

import os
from multiprocessing import AuthenticationError
from multiprocessing.managers import BaseManager, BaseProxy

from fastapi import FastAPI, HTTPException

WHERE, KEY = os.environ["STATE_SERVER"], os.environ["STATE_KEY"].encode()
app = FastAPI()


class Manager(BaseManager):
    """Knows the way to the state server."""


Manager.register("counter")


def add(n: int) -> int:
    BaseProxy._address_to_local.pop(WHERE, None)  # what is kept for this address may be dead
    try:
        manager = Manager(WHERE, authkey=KEY)
        manager.connect()
        return manager.counter().add(n)
    except (OSError, EOFError, AuthenticationError):
        raise HTTPException(503, "the state server is away") from None


@app.post("/increment")
def increment() -> dict[str, int]:
    return {"count": add(1)}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": add(0)}
