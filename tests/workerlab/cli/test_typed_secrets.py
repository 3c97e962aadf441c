"""A secret of the environment stands in no result, and one that was typed is told of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

APP = """
from fastapi import FastAPI, Header, HTTPException

app = FastAPI()
stock = 1


@app.post("/buy")
def buy(authorization: str = Header()):
    global stock
    if authorization != "Bearer s3cret-of-the-day":
        raise HTTPException(401)
    if stock < 1:
        raise HTTPException(409)
    left = stock - 1
    stock = left
    return {"left": left}


@app.post("/restock")
def restock():
    global stock
    stock = 1
    return {}
"""
SECRET = "s3cret-of-the-day"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(APP)
    return tmp_path


def workerlab(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workerlab", *words], cwd=folder, env={**os.environ, **env},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def explore(folder: Path, token: str, **env: str) -> subprocess.CompletedProcess[str]:
    buy = f'POST /buy -H "Authorization: Bearer {token}"'
    frame = ["--model", "serial", "--before", "POST /restock", "--after", ""]
    options = ["--program", f"{buy} | {buy}", "--json", "loss.json", "--workers", "1"]
    return workerlab(folder, "explore", "shop.py", *frame, *options, **env)


def test_a_secret_of_the_environment_stands_in_no_result(folder: Path) -> None:
    done = explore(folder, "{env.TOKEN}", TOKEN=SECRET)
    assert done.returncode == 1, done.stdout + done.stderr
    written = (folder / "loss.json").read_text()
    assert SECRET not in done.stdout + done.stderr + written and "{env.TOKEN}" in written
    assert "warning" not in done.stderr
    again = workerlab(folder, "replay", "loss.json", TOKEN=SECRET)
    assert again.returncode == 1 and SECRET not in again.stdout, again.stdout + again.stderr
    without = workerlab(folder, "replay", "loss.json", TOKEN="")
    assert without.returncode in (0, 2, 3), "with another token nobody buys"


def test_one_that_is_not_set_is_named(folder: Path) -> None:
    done = explore(folder, "{env.NO_SUCH_TOKEN}")
    assert done.returncode == 2
    assert "there is no environment variable NO_SUCH_TOKEN" in done.stderr
    assert "help: export NO_SUCH_TOKEN=… first" in done.stderr


def test_a_typed_one_is_told_of(folder: Path) -> None:
    done = explore(folder, SECRET)
    assert done.returncode == 1, done.stdout + done.stderr
    assert SECRET in json.dumps(json.loads((folder / "loss.json").read_text()))
    assert "loss.json has the Authorization header as it was typed" in done.stderr
