"""Tells the time in whole seconds. Nothing is wrong with it; with FAULT set, two hits may be one."""

import os
import time
from pathlib import Path

from fastapi import FastAPI, Response

app = FastAPI()
FILE = Path(os.environ["STATE_FILE"])


@app.post("/reset")
def reset():
    FILE.write_text("")


@app.post("/hit")
def hit(response: Response):
    now = int(time.time())
    response.headers["etag"] = f'"{now}"'
    if os.environ.get("FAULT"):
        text = FILE.read_text()
        FILE.write_text(text + "x")
    else:
        with FILE.open("a") as file:
            file.write("x")
    return {"at": now, "token": f"for {now}"}


@app.get("/hits")
def hits():
    return {"hits": len(FILE.read_text())}
