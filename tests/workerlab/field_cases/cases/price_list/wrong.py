"""A price list in a file, read once.

Cut from https://github.com/fastapi/fastapi/issues/3044 (2021-04-05): is lru_cache safe in an app?
Here the worker that writes the file forgets its copy, and the others keep theirs.
"""

import json
from functools import lru_cache
from pathlib import Path

from fastapi import Depends, FastAPI

app = FastAPI()
FILE = Path(__file__).with_name("prices.json")
if not FILE.exists():
    FILE.write_text('{"tea": 3}')


@lru_cache
def prices() -> dict[str, int]:
    return json.loads(FILE.read_text())


@app.get("/prices")
async def show(known: dict = Depends(prices)):
    return known


@app.put("/prices")
async def change(new: dict[str, int]):
    FILE.write_text(json.dumps(new))
    prices.cache_clear()
    return {"changed": len(new)}
