import os

import psycopg
from fastapi import FastAPI

app = FastAPI()
base = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
base.execute("CREATE TABLE IF NOT EXISTS counts AS SELECT 0 AS n")


@app.post("/increment")
def increment():
    base.execute("BEGIN")
    [(n,)] = base.execute("SELECT n FROM counts FOR UPDATE")
    base.execute("UPDATE counts SET n = %s", [n + 1])
    base.execute("COMMIT")
    return {"done": True}


@app.get("/report")
def report():
    [(n,)] = base.execute("SELECT n FROM counts")
    return {"count": n}


@app.post("/reset")
def reset():
    base.execute("UPDATE counts SET n = 0")
