"""Features that an administrator turns on while the service runs.

Cut from https://github.com/benoitc/gunicorn/issues/1990 (2019-02-20): the call reaches one worker,
and only that one changes. Here a feature is on when its file is there.
"""

from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
FLAGS = Path("flags")
FLAGS.mkdir(exist_ok=True)


@app.post("/flags/{name}/on")
async def turn_on(name: str):
    (FLAGS / name).touch()
    return {"on": name}


@app.get("/checkout")
async def checkout():
    return {"page": "new" if (FLAGS / "new-checkout").exists() else "old"}
