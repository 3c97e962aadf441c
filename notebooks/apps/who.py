"""An app that says which process answers, and prints a line at each import."""

import os

from fastapi import FastAPI

print(f"who.py is imported by process {os.getpid()}", flush=True)

app = FastAPI()


@app.get("/who")
async def who() -> dict[str, int]:
    return {"worker": os.getpid(), "parent": os.getppid()}
