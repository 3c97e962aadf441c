"""Objects that are kept as JSON files.

Cut from https://github.com/alexkwolfe/json-fs-store/issues/12 (2021-11-30): writing empties the file
first, and who reads then finds no JSON.
"""

import json
from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.put("/objects/{name}")
def store(name: str, value: dict):
    with Path(f"{name}.json").open("w") as file:
        json.dump(value, file)
    return {"stored": name}


@app.get("/objects/{name}")
def load(name: str):
    try:
        with Path(f"{name}.json").open() as file:
            return json.load(file)
    except FileNotFoundError:
        raise HTTPException(404, "no such object") from None
