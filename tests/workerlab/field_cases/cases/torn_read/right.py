"""Objects that are kept as JSON files.

Cut from https://github.com/alexkwolfe/json-fs-store/issues/12 (2021-11-30): writing empties the file
first, and who reads then finds no JSON. A new file takes the place of the old one, at once.
"""

import json
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.put("/objects/{name}")
def store(name: str, value: dict):
    with NamedTemporaryFile("w", dir=".", delete=False) as file:
        json.dump(value, file)
    os.replace(file.name, f"{name}.json")
    return {"stored": name}


@app.get("/objects/{name}")
def load(name: str):
    try:
        with Path(f"{name}.json").open() as file:
            return json.load(file)
    except FileNotFoundError:
        raise HTTPException(404, "no such object") from None
