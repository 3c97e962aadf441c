"""A log of what was done, one JSON object a line, sent as a stream.

Cut from https://github.com/martymcenroe/AssemblyZero/issues/3145 (2026-09-07): the log is read,
made longer and put in place of the old one, which is never half written, and yet loses entries.
"""

import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()
LOG = Path("audit.jsonl")


def entries() -> list[str]:
    return LOG.read_text().splitlines(keepends=True) if LOG.exists() else []


def save(lines: list[str]) -> None:
    new = Path(f"audit.{uuid.uuid4().hex}")
    new.write_text("".join(lines))
    os.replace(new, LOG)


@app.post("/entries", status_code=201)
def add(action: str):
    entry = {"id": str(uuid.uuid4()), "action": action, "at": datetime.now(UTC).isoformat()}
    save([*entries(), json.dumps(entry) + "\n"])
    return entry


@app.get("/entries")
async def export():
    async def lines():
        for line in entries():
            yield line

    return StreamingResponse(lines(), media_type="application/x-ndjson")
