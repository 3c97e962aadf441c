"""The holder of a lease writes a new price list into a database, which does not look at the epoch."""

import os
import sqlite3

from fastapi import FastAPI, HTTPException
from redis import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
database = sqlite3.connect(
    os.environ["DATABASE_FILE"], timeout=5, check_same_thread=False, isolation_level=None
)
database.execute("CREATE TABLE IF NOT EXISTS list AS SELECT 0 AS epoch, 0 AS written")
app = FastAPI()

take = store.register_script("""
return redis.call('SET', KEYS[1], 'taken', 'NX', 'PX', ARGV[1])
    and redis.call('INCR', KEYS[2])
""")


def write(epoch: int) -> bool:
    """Write the list of this epoch; whether the database has taken it."""
    database.execute("UPDATE list SET epoch = ?, written = written + 1", (epoch,))
    return True


@app.post("/run")
def run() -> dict[str, int]:
    epoch = take(["lease", "epoch"], [5000])
    if not epoch or not write(epoch):
        raise HTTPException(409)
    return {"epoch": epoch}


@app.get("/list")
def read() -> dict[str, int]:
    epoch, written = database.execute("SELECT epoch, written FROM list").fetchone()
    return {"of": epoch, "written": written}


@app.post("/reset")
def reset() -> None:
    store.delete("lease", "epoch")
    database.execute("UPDATE list SET epoch = 0, written = 0")
