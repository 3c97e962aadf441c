"""Opens the dict in a file that is not there yet, as every worker does that starts."""

import os
from pathlib import Path

from fastapi import FastAPI
from keyvalue_sqlite import KeyValueSqlite

PATH = Path(os.environ["STATE_FILE"])
app = FastAPI()


@app.post("/open")
def open_it() -> dict[str, bool]:
    KeyValueSqlite(str(PATH), "counts")
    return {"opened": True}


@app.post("/remove")
def remove_it() -> dict[str, bool]:
    PATH.unlink(missing_ok=True)
    return {"removed": True}
