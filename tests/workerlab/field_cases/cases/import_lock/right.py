"""An import that must not run twice at the same time.

Cut from https://github.com/zopefoundation/zc.lockfile/issues/12 (2017-05-01), a race when lock files are
made. "x" makes the file, or fails.
"""

import json
from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()
LOCK, TOTAL = Path("import.lock"), Path("total.json")


def total() -> int:
    return json.loads(TOTAL.read_text()) if TOTAL.exists() else 0


@app.post("/import")
def run(rows: int = 1):
    try:
        LOCK.open("x").close()
    except FileExistsError:
        raise HTTPException(409, "an import is running") from None
    try:
        TOTAL.write_text(json.dumps(total() + rows))
    finally:
        LOCK.unlink(missing_ok=True)
    return {"imported": rows}


@app.get("/total")
def show():
    return {"rows": total()}
