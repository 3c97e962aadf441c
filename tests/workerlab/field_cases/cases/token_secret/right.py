"""Signing in with a token that the service has signed.

Cut from https://github.com/bytedance/deer-flow/pull/2980 (2026-05-15): where no secret is set,
the first worker draws one, and puts it in a file for all of them.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm

app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl="/token")


def secret(file: Path) -> bytes:
    mine = Path(f"{file}.{os.getpid()}")
    mine.write_bytes(secrets.token_bytes(32))
    with suppress(FileExistsError):
        os.link(mine, file)
    mine.unlink()
    return file.read_bytes()


SECRET = secret(Path("secret.key"))


def signature(text: str) -> str:
    return hmac.new(SECRET, text.encode(), hashlib.sha256).hexdigest()


@app.post("/token")
def token(form: Annotated[OAuth2PasswordRequestForm, Depends()]):
    claims = json.dumps({"sub": form.username, "exp": time.time() + 900})
    body = base64.urlsafe_b64encode(claims.encode()).decode()
    return {"access_token": f"{body}.{signature(body)}", "token_type": "bearer"}


@app.get("/me")
def me(token: Annotated[str, Depends(bearer)]):
    body, _, signed = token.partition(".")
    if not hmac.compare_digest(signed, signature(body)):
        raise HTTPException(401, "could not validate credentials")
    return {"name": json.loads(base64.urlsafe_b64decode(body))["sub"]}
