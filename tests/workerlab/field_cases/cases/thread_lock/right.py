"""A balance in a file, behind a lock.

Cut from https://github.com/CodeForPhilly/paws-data-pipeline/issues/349 (2021-06-04): a lock of
threads is one for each worker. `flock` is one for all.
"""

import fcntl
from contextlib import contextmanager
from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()
FILE = Path("balance")


@contextmanager
def alone():
    with open("balance.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def balance():
    return int(FILE.read_text()) if FILE.exists() else 0


@app.post("/deposit/{amount}")
def deposit(amount: int):
    with alone():
        FILE.write_text(str(balance() + amount))
    return {"deposited": amount}


@app.post("/withdraw/{amount}")
def withdraw(amount: int):
    with alone():
        if balance() < amount:
            raise HTTPException(402, "not enough")
        FILE.write_text(str(balance() - amount))
    return {"withdrawn": amount}


@app.get("/balance")
def show():
    with alone():
        return {"balance": balance()}
