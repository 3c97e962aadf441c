"""A leader by an advisory lock of a PostgreSQL session; psycopg and requests in a thread.

A leader that is killed loses its session and so its lock. One that is only held keeps it, and
nobody runs a job meanwhile.
"""

import os
import threading
from contextlib import asynccontextmanager

import psycopg
import requests
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

TICK_S, SINK_URL = int(os.environ["TICK_MS"]) / 1000, os.environ["SINK_URL"]
DATABASE = os.environ["DATABASE_URL"]
TABLE = """
CREATE TABLE IF NOT EXISTS job (
    id serial PRIMARY KEY, name text, state text DEFAULT 'waiting', epoch int DEFAULT 0,
    not_before timestamptz DEFAULT '-infinity')
"""
NEXT = """
UPDATE job SET state = 'running', epoch = epoch + 1 WHERE id = (
    SELECT min(id) FROM job WHERE state <> 'done' AND not_before <= clock_timestamp())
RETURNING id, epoch
"""
stop = threading.Event()


class Job(BaseModel):
    name: str


def lead() -> None:
    with psycopg.connect(DATABASE, autocommit=True) as session:
        session.execute("SELECT pg_advisory_lock(1)")
        session.execute(TABLE)
        session.execute("SELECT pg_advisory_unlock(1)")
        ready.set()
        while not stop.is_set():
            if session.execute("SELECT pg_try_advisory_lock(2)").fetchone()[0]:
                run_jobs(session)
            stop.wait(TICK_S)


def run_jobs(session: psycopg.Connection) -> None:
    while not stop.is_set():
        row = session.execute(NEXT).fetchone()
        if row is None:
            stop.wait(TICK_S)
            continue
        job, epoch = row
        try:
            status = requests.post(
                SINK_URL, json={"id": job, "epoch": epoch}, timeout=2
            ).status_code
        except requests.RequestException:
            status = 0
        if status == 200:
            session.execute("UPDATE job SET state = 'done' WHERE id = %s", [job])
        else:
            session.execute(
                "UPDATE job SET state = 'waiting', "
                "not_before = clock_timestamp() + %s * interval '1 s' WHERE id = %s",
                [max(TICK_S, 0.3), job],
            )


ready = threading.Event()


@asynccontextmanager
async def lifespan(_: FastAPI):
    threading.Thread(target=lead, daemon=True).start()
    ready.wait(20)
    yield
    stop.set()


app = FastAPI(lifespan=lifespan)


@app.post("/jobs", status_code=201)
def post(job: Job) -> dict[str, int]:
    with psycopg.connect(DATABASE) as session:
        row = session.execute("INSERT INTO job (name) VALUES (%s) RETURNING id", [job.name])
        return {"id": row.fetchone()[0]}


@app.get("/jobs/{number}")
def get(number: int) -> dict[str, str]:
    with psycopg.connect(DATABASE) as session:
        row = session.execute("SELECT state FROM job WHERE id = %s", [number]).fetchone()
    if row is None:
        raise HTTPException(404)
    return {"state": row[0]}
