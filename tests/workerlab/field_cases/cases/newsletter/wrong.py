"""A newsletter that goes out once a day, whoever looks at the clock first.

Cut from https://github.com/agronholm/apscheduler/issues/766 (2023-08-03): with several workers the
job is done twice. Each worker looks whether it has been done today, and then does it.
"""

from fastapi import FastAPI
from sqlalchemy import create_engine, text

app = FastAPI()
engine = create_engine("sqlite:///letters.db")
with engine.begin() as db:
    db.execute(text("CREATE TABLE IF NOT EXISTS jobs (name TEXT PRIMARY KEY, last TEXT)"))
    db.execute(text("CREATE TABLE IF NOT EXISTS sent (day TEXT, reader TEXT)"))
    db.execute(text("INSERT OR IGNORE INTO jobs VALUES ('newsletter', '')"))


@app.post("/tick/{day}")
def tick(day: str):
    with engine.begin() as db:
        last = db.execute(text("SELECT last FROM jobs WHERE name = 'newsletter'")).scalar_one()
    if last >= day:
        return {"done": "before"}
    with engine.begin() as db:
        db.execute(text("INSERT INTO sent VALUES (:day, 'ada'), (:day, 'bob')"), {"day": day})
        db.execute(text("UPDATE jobs SET last = :day"), {"day": day})
    return {"done": "now"}


@app.get("/sent")
def sent():
    with engine.begin() as db:
        return [row.reader for row in db.execute(text("SELECT reader FROM sent"))]
