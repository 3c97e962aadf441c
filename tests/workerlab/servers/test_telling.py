"""Which apps get a first worker that is no fork: all that might find out."""

from __future__ import annotations

import ast
import gc
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from workerlab.processes.tree import parents
from workerlab.servers import Server
from workerlab.servers.libraries import MOST_FILES, own_files, parsed
from workerlab.servers.telling import may_tell

HEAD = "from fastapi import FastAPI\napp = FastAPI()\n"
CANNOT = {
    "a counter": "count = 0\n@app.post('/increment')\ndef up():\n    global count\n    count += 1\n",
    "a store": "import os, redis\nstore = redis.Redis.from_url(os.environ['REDIS_URL'])\n",
    "its pid": "import os\nme = os.getpid()\n",
    "a word for hash in a text": "name = 'hash'\n",
    "a file beside it": "import beside\n",
    "methods of these names": "import os, re, redis\nredis.Redis().set('a', 1)\nre.compile('a')\n",
    "a parameter": "@app.get('/{id}')\ndef get(id: int):\n    return {'id': id}\n",
}
MIGHT = {
    "a hash": "lock = hash('seat 1')\n",
    "a hash by its method": "lock = 'seat 1'.__hash__()\n",
    "a set": "first = next(iter({'a', 'b'}))\n",
    "a set that is made": "first = next(iter(set('ab')))\n",
    "a set in short": "first = next(iter({c for c in 'ab'}))\n",
    "where an object lies": "me = id(app)\n",
    "the same in a text": "me = repr(app)\n",
    "its main thread": "import threading\nme = threading.get_ident()\n",
    "where one lies": "def get(id: int):\n    return id\n\ndef me():\n    return id(app)\n",
    "all of them": "from builtins import hash as number\nlock = number('a')\n",
    "the same, imported": "from threading import get_ident as who\nme = who()\n",
    "by another name": "import builtins\nme = getattr(builtins, 'ha' + 'sh')('a')\n",
    "by a text": "me = eval('ha' + 'sh(1)')\n",
    "a library that is not known": "import numpy\n",
    "a file beside it that has a hash": "import hashes\n",
    "a package beside it": "from package import part\n",
    "a relative import": "from . import part\n",
    "no Python": "def (\n",
}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "beside.py").write_text("import redis\n")
    (tmp_path / "hashes.py").write_text("me = hash('a')\n")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("me = hash('a')\n")
    return tmp_path / "app.py"


@pytest.mark.parametrize("name", CANNOT)
def test_it_cannot(app: Path, name: str) -> None:
    app.write_text(HEAD + CANNOT[name])
    assert not may_tell(app)


@pytest.mark.parametrize("name", MIGHT)
def test_it_might(app: Path, name: str) -> None:
    app.write_text(HEAD + MIGHT[name])
    assert may_tell(app)


def test_one_that_is_named_as_a_module_or_is_not_there_might() -> None:
    assert may_tell(None)
    assert may_tell(Path("/nowhere/app.py"))


@pytest.mark.parametrize(("more", "forks"), [("", 2), ("lock = hash('seat 1')\n", 1)])
def test_a_warm_server_has_as_many_forks(app: Path, more: str, forks: int) -> None:
    app.write_text(HEAD + more)
    with Server(app, workers=2, warm=True) as server:
        commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in server.pids]
        assert len({parents()[pid] for pid in server.pids}) == 1
    assert sum(b"first_worker" not in command for command in commands) == forks


def test_what_is_no_file_of_python_is_not_waited_for(app: Path) -> None:
    """A submission can leave a pipe beside its file, or more than anybody reads."""
    os.mkfifo(app.parent / "pipe.py")
    (app.parent / "endless.py").symlink_to("/dev/zero")
    (app.parent / "long.py").write_text("import redis\n" * 100_000)
    for name in ("pipe", "endless", "long"):
        app.write_text(f"{HEAD}import {name}\n")
        assert may_tell(app)


def test_more_files_than_anybody_reads_might_tell(app: Path) -> None:
    names = [f"part{number}" for number in range(MOST_FILES)]
    for name in names:
        (app.parent / f"{name}.py").write_text("import redis\n")
    app.write_text(HEAD + "".join(f"import {name}\n" for name in names[:-1]))
    assert len(own_files(app)) == MOST_FILES
    assert may_tell(app)
    app.write_text(HEAD + "".join(f"import {name}\n" for name in names[:-2]))
    assert not may_tell(app)


class Cycle:
    """Garbage that lets another thread run when it is collected."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        time.sleep(0)


def test_servers_that_start_at_once_are_read_one_after_the_other(app: Path) -> None:
    """Python 3.11 raises a SystemError when two threads make a tree at the same time."""
    app.write_text(HEAD + "value = [[[[(1, 2), {'a': [3]}]]]]\n" * 300)

    def read(depth: int) -> str:
        if depth:
            return read(depth - 1)
        Cycle()
        return ast.dump(parsed(app))

    before = gc.get_threshold()
    gc.set_threshold(20)
    try:
        with ThreadPoolExecutor(4) as pool:
            trees = {*pool.map(read, [3, 30, 60, 5] * 10)}
    finally:
        gc.set_threshold(*before)
    assert len(trees) == 1
