import os

import psycopg
from fastapi import FastAPI, HTTPException

app = FastAPI()
base = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
base.execute("CREATE TABLE IF NOT EXISTS lamps AS SELECT 1 AS n")


@app.post("/buy")
def buy():
    [(n,)] = base.execute("SELECT n FROM lamps")
    if n < 1:
        raise HTTPException(409)
    base.execute("UPDATE lamps SET n = n - 1")
    return "bought"


@app.get("/report")
def report():
    [(n,)] = base.execute("SELECT n FROM lamps")
    return {"lamps left": n}


@app.post("/reset")
def reset():
    base.execute("UPDATE lamps SET n = 1")
