"""Who asks nothing is proposed a question that can be lost, whatever the requests are like."""

from __future__ import annotations

from pathlib import Path

import pytest

from workerlab import explore
from workerlab.services import Redis
from workerlab.verdict import Verdict

VISITS = """
from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
FILE = Path("visits")


@app.get("/about")
async def about():
    return {"about": "us"}


@app.get("/visit")
async def visit():
    visits = int(FILE.read_text()) if FILE.exists() else 0
    FILE.write_text(str(visits + 1))
    return {"visits": visits + 1}
"""
IN_MEMORY = """
from fastapi import FastAPI

app = FastAPI()
visits = 0


@app.get("/visit")
async def visit():
    global visits
    visits += 1
    return {"visits": visits}
"""
FORM = """
import json
from pathlib import Path

from fastapi import FastAPI, Form

app = FastAPI()
FILE = Path("letters")


def letters():
    return json.loads(FILE.read_text()) if FILE.exists() else []


@app.post("/letters")
async def write(name: str = Form(), text: str = Form()):
    FILE.write_text(json.dumps([*letters(), name + text]))
    return {"thanks": name}


@app.get("/letters")
async def read():
    return letters()
"""
FILES = FORM.replace("Form()):", "Form(), file: UploadFile = File()):").replace(
    "FastAPI, Form", "FastAPI, File, Form, UploadFile"
)
MOUNTED = """
from pathlib import Path

from fastapi import FastAPI

app, api = FastAPI(), FastAPI()
app.mount("/api", api)
FILE = Path("visits")


@app.get("/health")
async def health():
    return {"ok": True}


@api.post("/visits")
async def visit():
    visits = int(FILE.read_text()) if FILE.exists() else 0
    FILE.write_text(str(visits + 1))


@api.get("/visits")
async def visits():
    return {"visits": int(FILE.read_text()) if FILE.exists() else 0}
"""
ETAG = """
from pathlib import Path

from fastapi import FastAPI, Header, HTTPException, Response
from pydantic import BaseModel

app = FastAPI()
FILE = Path("text")


class Text(BaseModel):
    text: str


def current():
    return FILE.read_text() if FILE.exists() else "none"


@app.get("/text")
def show(response: Response):
    response.headers["etag"] = current()
    return {"text": current()}


@app.put("/text")
def change(new: Text, if_match: str = Header()):
    if if_match != current():
        raise HTTPException(412, "it has changed")
    FILE.write_text(new.text)
    return {"changed": True}
"""
BLIND = """
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Level(BaseModel):
    level: str


@app.put("/level")
async def change(level: Level):
    return {"ok": True}


@app.get("/health")
async def health():
    return {"ok": True}
"""


def proposed(source: str, tmp_path: Path) -> tuple[Verdict, str]:
    """The verdict, and the question that was proposed."""
    notes: list[str] = []
    file = tmp_path / "app.py"
    file.write_text(source)
    verdict = explore(file, seconds=0.3, note=notes.append)
    return verdict, next((note for note in notes if note.startswith("proposed")), "")


@pytest.mark.parametrize(
    ("source", "part"),
    [
        (VISITS, "--program 'GET /visit | GET /visit'"),
        (FORM, "--program 'POST /letters --data-urlencode name=a{fresh}"),
        (MOUNTED, "--program 'POST /api/visits | POST /api/visits'"),
        pytest.param(FILES, '-F "file=a{fresh};filename=upload.txt"', marks=pytest.mark.further),
        pytest.param(ETAG, "if-match: {before.0.headers.etag}", marks=pytest.mark.further),
    ],
    ids=["reading", "form", "mounted", "files", "etag"],
)
def test_a_race_is_found_behind_a_get_and_behind_a_form(source, part, tmp_path):
    verdict, question = proposed(source, tmp_path)
    assert verdict.status == "failed", verdict.message
    assert part in question


def test_what_each_worker_remembers_needs_no_reset(tmp_path):
    verdict, question = proposed(IN_MEMORY, tmp_path)
    assert verdict.status == "failed", verdict.message
    assert "the workers disagree, without any race" in verdict.message
    assert "GET /visit | GET /visit" in question


@pytest.mark.parametrize("source", [BLIND, VISITS.partition('@app.get("/visit")')[0]])
def test_what_changes_nothing_is_not_passed(source, tmp_path):
    verdict, _ = proposed(source, tmp_path)
    assert verdict.status == "inconclusive", verdict.message
    assert "nothing happened that could be lost" in verdict.message


@pytest.mark.further
def test_a_copy_that_its_worker_keeps_is_asked_of_that_worker():
    app = Path(__file__).parents[4] / "notebooks/apps/settings_numbered.py"
    with Redis(own=True) as url:
        verdict = explore(app, env={"REDIS_URL": url})
    assert verdict.status == "failed", verdict.message
    assert verdict.evidence is not None
    assert verdict.evidence["program"].startswith("GET /settings | PUT /settings")
