"""Apps without a reset: each schedule begins the same, and what is the reader's own is not touched."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from workerlab import explore
from workerlab.errors import BadUsage
from workerlab.services.private import stores
from workerlab.stepping.same_start import Start
from workerlab.verdict import Verdict

APPS = Path(__file__).parent / "same_start"
MAKES = (
    f'"{sys.executable}" -c "import asyncio, accounts as a\n'
    "async def make():\n"
    "    async with a.engine.begin() as c: await c.run_sync(a.Base.metadata.create_all)\n"
    'asyncio.run(make())"'
)


@pytest.fixture
def ask(tmp_path: Path):
    """ask(app, program, after, **options) -> the verdict and its notes, in a folder of the app's own."""

    def asked(name: str, program: str, after: str, **options: object) -> tuple[Verdict, str]:
        app = tmp_path / name
        if not app.exists():
            shutil.copy(APPS / name, app)
        notes: list[str] = []
        options = {"model": "serial", "seconds": 0.5, **options}
        verdict = explore(app, program=program, after=after, note=notes.append, **options)
        return verdict, "\n".join(notes)

    return asked


@pytest.mark.further
def test_a_database_beside_the_app_is_copied_and_put_back(ask, tmp_path: Path):
    pytest.importorskip("sqlalchemy")
    register = 'POST /users {"email": "a@b.c"}'
    verdict, notes = ask("users.py", f"{register} | {register}", "GET /users")
    assert verdict.status == "failed" and '["a@b.c", "a@b.c"]' in verdict.message
    assert "left out" not in notes, "its ids are the same each time"
    assert "put back before each schedule" in notes and "sql_app.db" in notes
    assert f"a copy of {tmp_path}" in notes
    assert [path.name for path in tmp_path.iterdir()] == ["users.py"], "nothing else was written"


@pytest.mark.further
@pytest.mark.parametrize(
    ("lock", "status"),
    [("", "failed"), pytest.param("1", "passed", marks=pytest.mark.nightly)],
)
def test_a_migrated_database_on_postgres(ask, tmp_path: Path, lock: str, status: str):
    pytest.importorskip("sqlalchemy")
    pytest.importorskip("greenlet")
    withdraw = "POST /accounts/{before.0.id}/withdraw/80"
    app = shutil.copy(APPS / "accounts.py", tmp_path)
    with stores(["postgres"], str(app)) as private:
        verdict, notes = ask(
            "accounts.py", f"{withdraw} | {withdraw}", "GET /accounts/1", before="POST /accounts",
            env={**private.env, "LOCK": lock}, stores=private.services, start=Start(migrate=MAKES),
        )  # fmt: skip
    assert verdict.status == status, verdict.message
    assert "POST /accounts/1/withdraw/80 409" in notes, "the account has the same number each time"
    assert "PostgreSQL" in notes


@pytest.mark.further
def test_the_memory_of_workers_is_made_anew(ask):
    verdict, notes = ask("visits.py", "POST /visit | GET /version", "POST /visit")
    assert verdict.status == "failed"
    assert "the workers disagree, without any race" in verdict.message
    assert '{"visits": 1}' in verdict.message
    assert "the workers were started anew each time" in notes


BUYS = {"program": "ada: POST /buy | ada: POST /buy", "after": "GET /sold"}


@pytest.mark.further
@pytest.mark.parametrize("reset", ["", pytest.param("true", marks=pytest.mark.nightly)])
def test_who_has_signed_in_stays_so_in_every_run(ask, reset: str):
    verdict, notes = ask("members.py", sign_in="ada: POST /token", start=Start(reset=reset), **BUYS)
    assert verdict.status == "failed" and "sold says 2" in verdict.message, verdict.message
    assert "POST /buy 200, POST /buy 409" in notes


@pytest.mark.nightly
def test_on_new_workers_all_sign_in_again(ask):
    slow = {"env": {"IN_MEMORY": "1"}, "workers": 1, "seconds": 10.0}  # each run starts a worker
    verdict, notes = ask("members.py", sign_in="ada: POST /token", **slow, **BUYS)
    assert "the workers were started anew each time" in notes
    assert "POST /buy 200, POST /buy 409" in notes, "it is the memory that forgets who signs in"
    assert verdict.status == "failed" and "sold says 2" in verdict.message, verdict.message


@pytest.mark.parametrize(
    ("program", "status", "part"),
    [
        ("POST /notes/a | POST /notes/a", "failed", "log.txt=x\n"),
        pytest.param("POST /notes/a | POST /notes/b", "passed", "", marks=pytest.mark.nightly),
        pytest.param("POST /pay | POST /pay", "failed", "total=2\n", marks=pytest.mark.nightly),
        pytest.param("POST /later | POST /later", "failed", "", marks=pytest.mark.nightly),
        pytest.param("POST /notes/a | DELETE /notes/a", "failed", "500", marks=pytest.mark.nightly),
    ],
)
def test_files_and_folders_are_put_back(ask, tmp_path: Path, program: str, status: str, part: str):
    verdict, notes = ask("notes.py", program, "GET /notes")
    assert verdict.status == status, verdict.message
    assert part in verdict.message
    assert [path.name for path in tmp_path.iterdir()] == ["notes.py"]
    assert "put back before each schedule" in notes


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A database with three hits, outside of the folder of its app."""
    path = tmp_path / "data" / "shop.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE hits (n)")
        db.executemany("INSERT INTO hits VALUES (?)", [(1,)] * 3)
        db.commit()
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "place").write_text(str(path))
    shutil.copy(APPS / "elsewhere.py", tmp_path / "app")
    return path


def test_a_database_elsewhere_is_not_touched_unasked(ask, shop: Path):
    before = shop.read_bytes()
    with pytest.raises(BadUsage, match=f"the app would change {shop}") as caught:
        ask("app/elsewhere.py", "POST /hit | POST /hit", "GET /hits")
    assert "--in-place" in caught.value.advice
    assert shop.read_bytes() == before


@pytest.mark.parametrize(
    "way", ["in place", pytest.param("by its setting", marks=pytest.mark.nightly)]
)
def test_a_database_elsewhere_is_put_back_when_it_may_be_used(ask, shop: Path, way: str):
    given = (
        {"start": Start(in_place=True)} if way == "in place" else {"env": {"SHOP_DB": str(shop)}}
    )
    verdict, notes = ask("app/elsewhere.py", "POST /hit | POST /hit", "GET /hits", **given)
    assert verdict.status == "passed", verdict.message
    assert str(shop) in notes
    with closing(sqlite3.connect(shop)) as db:
        assert db.execute("SELECT count(*) FROM hits").fetchone() == (3,)


@pytest.mark.further
def test_a_command_of_the_readers_resets_what_we_cannot(ask, tmp_path: Path):
    command = 'cp place place.bak 2>/dev/null; echo "$?" >> resets'
    shutil.copy(APPS / "visits.py", tmp_path)
    _, notes = ask("visits.py", "GET /version", "", start=Start(reset=command))
    assert "by your command" in notes
    with pytest.raises(BadUsage, match="the reset command ended with status 7"):
        ask("visits.py", "GET /version", "", start=Start(reset="exit 7"))


def test_workers_that_stumble_over_each_other_start_again(tmp_path: Path):
    file = tmp_path / "app.py"
    file.write_text(
        """
import os

from fastapi import FastAPI

app = FastAPI()
try:
    os.mkdir("once")
except FileExistsError:
    if not os.path.exists("again"):
        os.mkdir("again")
        raise


@app.post("/note")
async def note():
    return {"noted": True}
"""
    )
    notes: list[str] = []
    question = {"model": "serial", "program": "POST /note", "before": "", "after": ""}
    assert explore(file, **question, seconds=0.3, note=notes.append).status == "passed"
    assert any("workers that start at the same moment" in note for note in notes)
