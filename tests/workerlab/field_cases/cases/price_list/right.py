"""A price list in a file, read when it is another one.

Cut from https://github.com/fastapi/fastapi/issues/3044 (2021-04-05): is lru_cache safe in an app?
Here the copy is of one file: a new list is a new file, with another number and time.
"""

import json
import os
import tempfile
from functools import lru_cache
from pathlib import Path

from fastapi import Depends, FastAPI

app = FastAPI()
FILE = Path(__file__).with_name("prices.json")


@lru_cache(maxsize=1)
def read(number: int, changed: int) -> dict[str, int]:
    return json.loads(FILE.read_text())


def prices() -> dict[str, int]:
    stat = FILE.stat()
    return read(stat.st_ino, stat.st_mtime_ns)


def write(new: dict[str, int]) -> None:
    handle, name = tempfile.mkstemp(dir=FILE.parent)
    with open(handle, "w") as file:
        json.dump(new, file)
    os.replace(name, FILE)


if not FILE.exists():
    write({"tea": 3})


@app.get("/prices")
async def show(known: dict = Depends(prices)):
    return known


@app.put("/prices")
async def change(new: dict[str, int]):
    write(new)
    return {"changed": len(new)}
