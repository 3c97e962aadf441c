"""Signing in, with an account that is locked after two wrong passwords.

Cut from https://github.com/open-ace/open-ace/issues/271 (2026-05-03). The wrong passwords are
counted in a dict, so each worker counts for itself.
"""

from collections import Counter

from fastapi import FastAPI, Form, HTTPException

app = FastAPI()
PASSWORDS = {"ada": "lovelace"}
MOST = 2
failures: Counter[str] = Counter()


@app.post("/login")
def login(username: str = Form(), password: str = Form()):
    if failures[username] >= MOST:
        raise HTTPException(423, "locked")
    if PASSWORDS.get(username) != password:
        failures[username] += 1
        raise HTTPException(401, "wrong password")
    failures.pop(username, None)
    return {"welcome": username}
