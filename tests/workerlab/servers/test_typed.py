"""A server that is started by the command that a person types."""

import re

import httpx
import pytest

from workerlab.errors import AppDidNotStart, NotReady
from workerlab.processes.tree import descendants, parents
from workerlab.servers.typed import free_port, typed, until_logged

APP = """
import os
from fastapi import FastAPI

print("imported by", os.getpid())
app = FastAPI()


@app.get("/pid")
async def pid() -> int:
    return os.getpid()
"""

LISTENS_LATE = """
import asyncio
from asyncio.base_events import BaseEventLoop
from app import app

listen = BaseEventLoop.create_server


async def late(*args, **options):
    await asyncio.sleep(0.5)  # as on a busy machine, between the two lines of its log
    return await listen(*args, **options)


BaseEventLoop.create_server = late
"""


@pytest.fixture
def app(tmp_path, monkeypatch):
    (tmp_path / "app.py").write_text(APP)
    monkeypatch.chdir(tmp_path)


def test_fastapi_run_starts_uvicorn_s_parent_and_its_workers(app):
    port = free_port()
    program = typed(f"fastapi run app.py --workers 2 --host 127.0.0.1 --port {port}", workers=2)
    try:
        pid = httpx.get(f"http://127.0.0.1:{port}/pid", timeout=30).json()
        assert parents()[pid] == program.pid
        imported = {int(pid) for pid in re.findall(r"imported by (\d+)", program.log)}
        assert len(imported) == 3 and {pid, program.pid} < imported
    finally:
        program.close()
    assert not imported & parents().keys()


def test_one_process_is_its_own_worker_and_ends_with_it(app):
    port = free_port()
    program = typed(f"fastapi run app.py --host 127.0.0.1 --port {port}")
    try:
        assert httpx.get(f"http://127.0.0.1:{port}/pid", timeout=30).json() == program.pid
        assert descendants(program.pid) in ([], [program.pid])
        until_logged(program, "imported by", 1)
        with pytest.raises(NotReady, match="'no such text' is in the log 0 times, not 1"):
            until_logged(program, "no such text", 1, deadline=0)
    finally:
        program.close()


def test_what_ends_by_itself_is_told_with_its_log(app):
    with pytest.raises(AppDidNotStart, match="fastapi ended with 1") as failure:
        typed("fastapi run missing.py")
    assert "missing.py" in failure.value.details


def test_it_returns_only_when_the_server_listens(app, tmp_path):
    (tmp_path / "late.py").write_text(LISTENS_LATE)
    port = free_port()
    program = typed(f"uvicorn late:app --loop asyncio --host 127.0.0.1 --port {port}")
    try:
        assert httpx.get(f"http://127.0.0.1:{port}/pid", timeout=30).json() == program.pid
    finally:
        program.close()


def test_a_free_port_is_given_to_nobody_else():
    ports = [free_port() for _ in range(1000)]  # of some 28,000: chance alone gives one twice
    assert len({*ports}) == 1000
