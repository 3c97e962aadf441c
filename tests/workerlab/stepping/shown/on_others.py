"""Endpoints that lose on SQLite, in a file, and in this process."""

import os
import sqlite3
from pathlib import Path

from fastapi import FastAPI

PLACE = os.environ["PLACE"]
here = {"count": 0}
total = 0
app = FastAPI()


def opened():
    return sqlite3.connect(f"{PLACE}/base", isolation_level=None)


@app.post("/reset")
def reset():
    global total
    base = opened()
    base.execute("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, n)")
    base.execute("INSERT OR REPLACE INTO t VALUES (1, 5)")
    base.close()
    Path(PLACE, "count").write_text("0")
    here["count"] = total = 0
    return {}


@app.get("/left")
def left():
    row = opened().execute("SELECT n FROM t").fetchone()
    return [row[0], Path(PLACE, "count").read_text(), here["count"], total]


@app.post("/sqlite")
def sqlite():
    base = opened()
    row = base.execute("SELECT n FROM t WHERE id = 1").fetchone()
    base.execute("UPDATE t SET n = ? WHERE id = ?", (row[0] + 1, 1))
    base.execute("UPDATE t SET n = 0 WHERE id = 7")
    (n,) = base.execute("SELECT n FROM t WHERE id = 1").fetchone()
    return {"n": n}


@app.post("/returning")
def returning():
    base = opened()
    found = base.execute("UPDATE t SET n = n + 1 RETURNING n")
    return {"n": found.fetchall()[0][0]}


@app.post("/file")
def file():
    count = int(Path(PLACE, "count").read_text())
    Path(PLACE, "count").write_text(str(count + 1))
    return {"count": count + 1}


def write(count):
    Path(PLACE, "count").write_text(count)


@app.post("/by_write")
def by_write():
    with Path(PLACE, "count").open("w") as file:
        file.write("1")
        seen = Path(PLACE, "count").read_text()
    write("2")
    try:
        Path(PLACE, "missing", "count").write_text("3")
    except FileNotFoundError:
        return {"seen": seen}


@app.post("/dict")
def in_a_dict():
    count = here["count"]
    here["count"] = count + 1
    return {"count": count + 1}


@app.post("/global")
def in_a_global():
    global total
    total = total + 1
    return {"total": total}


def sold(item):
    return here["count"] + len(item)


@app.post("/helper")
def helper():
    pieces = sold("lamp")
    pieces += 1
    here.update(count=pieces - 4)
    return {"pieces": pieces}


@app.post("/not_certain")
def not_certain():
    count = here["count"]
    count += 1
    here["count"] = count
    seen = 7
    try:
        seen = here["missing"]
    except KeyError:
        here["lost"] = 1
    here["next"] = here["count"] + 1
    first, second = here["next"], here["lost"]
    here.setdefault("first", first)
    third = second + here["lost"]
    here.setdefault("third", third)
    here["next"] += 5
    return {"seen": seen}


@app.post("/many")
def many():
    base = opened()
    base.executemany("INSERT INTO t (n) VALUES (?)", [(n,) for n in range(300)])
    base.execute("DELETE FROM t WHERE id > 1")
    return {}
