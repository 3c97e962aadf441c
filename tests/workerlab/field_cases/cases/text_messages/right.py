"""Text messages that come as forms, and that are answered in the background.

Cut from https://github.com/mozilla-ai/clawbolt/issues/61 (2026-02-28): the service sends a message again
when it gets no answer soon. Here the message is stored before it is worked on, and only once.
"""

import sqlite3

from fastapi import BackgroundTasks, FastAPI, Form

app = FastAPI()


def run(statement: str, *values: str) -> sqlite3.Cursor:
    db = sqlite3.connect("messages.db", timeout=10, isolation_level=None)
    return db.execute(statement, values)


run("CREATE TABLE IF NOT EXISTS messages (sid TEXT UNIQUE, body TEXT)")
run("CREATE TABLE IF NOT EXISTS replies (sid TEXT)")


def work_on(sid: str) -> None:
    run("INSERT INTO replies VALUES (?)", sid)


@app.post("/sms", status_code=202)
def sms(later: BackgroundTasks, MessageSid: str = Form(), Body: str = Form()):  # noqa: N803
    if not run("INSERT OR IGNORE INTO messages VALUES (?, ?)", MessageSid, Body).rowcount:
        return {"accepted": "before"}
    later.add_task(work_on, MessageSid)
    return {"accepted": "now"}


@app.get("/replies")
def replies():
    return {"replies": run("SELECT COUNT(*) FROM replies").fetchone()[0]}
