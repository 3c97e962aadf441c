import sqlite3

from fastapi import FastAPI

app = FastAPI()
base = sqlite3.connect("count.db", isolation_level=None, check_same_thread=False)
base.execute("CREATE TABLE IF NOT EXISTS counts AS SELECT 0 AS n")


@app.post("/increment")
def increment():
    [(n,)] = base.execute("SELECT n FROM counts")
    base.execute("UPDATE counts SET n = ?", (n + 1,))
    return {"done": True}


@app.get("/report")
def report():
    [(n,)] = base.execute("SELECT n FROM counts")
    return {"count": n}


@app.post("/reset")
def reset():
    base.execute("UPDATE counts SET n = 0")
