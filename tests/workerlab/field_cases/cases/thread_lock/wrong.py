"""A balance in a file, behind a lock.

Cut from https://github.com/CodeForPhilly/paws-data-pipeline/issues/349 (2021-06-04): the lock is
one of threads, so each worker has its own.
"""

import threading
from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()
FILE = Path("balance")
lock = threading.Lock()


def balance():
    return int(FILE.read_text()) if FILE.exists() else 0


@app.post("/deposit/{amount}")
def deposit(amount: int):
    with lock:
        FILE.write_text(str(balance() + amount))
    return {"deposited": amount}


@app.post("/withdraw/{amount}")
def withdraw(amount: int):
    with lock:
        if balance() < amount:
            raise HTTPException(402, "not enough")
        FILE.write_text(str(balance() - amount))
    return {"withdrawn": amount}


@app.get("/balance")
def show():
    return {"balance": balance()}
