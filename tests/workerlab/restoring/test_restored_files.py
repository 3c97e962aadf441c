"""What a worker changes is kept by it before, and put back; what is not its own, it cannot change."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from workerlab.restoring.files import Files

WORKER = """
import contextlib, os, pathlib, shutil, sqlite3, sys, tempfile
from workerlab.stepping.worker.keeper import Keeper
Keeper(sys.argv[1], contextlib.nullcontext).install()
here = pathlib.Path.cwd()
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with data of an app, and one for what is kept of them."""
    (tmp_path / "kept").mkdir()
    app = tmp_path / "app"
    (app / "tree" / "deep").mkdir(parents=True)
    (app / "tree" / "deep" / "leaf").write_text("leaf")
    (app / "old").write_text("old")
    (app / "link").symlink_to("old")
    return app


def worker(place: Path, code: str, *, inside: bool = True) -> subprocess.CompletedProcess[str]:
    """Run code as a worker of an app in this folder would; `inside`: the folder is its own."""
    kept = place.parent / "kept"
    rules = {"inside": [str(place)] if inside else [], "named": []}
    (kept / "rules.json").write_text(json.dumps(rules))
    command = [sys.executable, "-c", WORKER + code, str(kept)]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)


def contents(place: Path) -> dict[str, object]:
    return {str(path.relative_to(place)): _content(path) for path in sorted(place.rglob("*"))}


def _content(path: Path) -> object:
    if path.is_symlink():
        return path.readlink()
    return path.read_text() if path.is_file() else None


@pytest.mark.parametrize(
    "code",
    [
        "(here / 'old').write_text('new')",
        "(here / 'old').open('a').write('more')",
        "os.truncate('old', 1)",
        "(here / 'new').write_text('new')",
        "(here / 'old').unlink()",
        "(here / 'link').unlink()",
        "os.symlink('old', 'another')",
        "os.rename('old', 'older')",
        "(here / 'draft').write_text('x'); os.replace('draft', 'old')",
        "os.makedirs('a/b'); (here / 'a/b/c').write_text('c')",
        "shutil.rmtree('tree')",
        "os.rename('tree', 'forest'); (here / 'forest/deep/leaf').write_text('x')",
        "shutil.rmtree('tree'); (here / 'tree').write_text('a file')",
        "fd = os.open('tree', os.O_RDONLY); os.unlink('deep/leaf', dir_fd=fd)",
        "shutil.copytree('tree', 'again')",
    ],
)
def test_everything_is_put_back(place: Path, code: str):
    before = contents(place)
    ran = worker(place, code)
    assert ran.returncode == 0, ran.stderr
    assert contents(place) != before, "it changes something"
    files = Files(place.parent / "kept", list)
    files.put_back()
    assert contents(place) == before


def test_what_was_changed_before_the_start_belongs_to_it(place: Path):
    worker(place, "(here / 'new').write_text('made at the start'); (here / 'old').unlink()")
    files = Files(place.parent / "kept", list)
    files.take()
    before = contents(place)
    worker(place, "(here / 'new').write_text('made by a request'); (here / 'old').write_text('x')")
    files.put_back()
    assert contents(place) == before


def test_a_folder_is_kept_without_its_sockets_and_pipes(place: Path):
    worker(
        place, "shutil.rmtree('tree'); os.mkdir('tree'); (here / 'tree' / 'new').write_text('x')"
    )
    before = contents(place)
    files = Files(place.parent / "kept", list)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(place / "tree" / "s"))  # such a name has 100 letters at most
        os.mkfifo(place / "tree" / "pipe")
        files.take()
    worker(place, "shutil.rmtree('tree')")
    files.put_back()
    assert contents(place) == before


def test_a_database_is_kept_with_what_is_only_in_its_log(place: Path):
    write = "c = sqlite3.connect('a.db'); c.execute('PRAGMA journal_mode = wal');"
    worker(place, write + "c.execute('CREATE TABLE t (n)'); c.commit(); os._exit(0)")
    assert (place / "a.db-wal").stat().st_size, "the table is there, and nowhere else"
    for mark in (place.parent / "kept").iterdir():
        mark.unlink()  # another search
    worker(
        place, "c = sqlite3.connect('file:a.db', uri=True); c.execute('DROP TABLE t'); c.commit()"
    )
    Files(place.parent / "kept", list).put_back()
    assert worker(place, "sqlite3.connect('a.db').execute('SELECT * FROM t')").returncode == 0


def test_what_a_worker_has_open_is_emptied_and_not_removed(place: Path):
    worker(place, "(here / 'new').write_text('new')")
    with (place / "new").open() as file:
        Files(place.parent / "kept", lambda: [os.getpid()]).put_back()
        assert (place / "new").read_text() == file.read() == ""
    Files(place.parent / "kept", list).put_back()
    assert not (place / "new").exists()


@pytest.mark.parametrize(
    "code",
    [
        "(here / 'old').write_text('new')",
        "os.unlink('old')",
        "os.rename('new', 'old')",
        "sqlite3.connect('old')",
    ],
)
def test_a_file_that_is_not_the_apps_stays_as_it_is(place: Path, code: str):
    ran = worker(place, f"(here / 'new').write_text('new')\n{code}", inside=False)
    assert f"the app would change {place}/old" in ran.stderr
    what, advice = (place.parent / "kept" / "refused").read_text().splitlines()
    assert what in ran.stderr and "--in-place" in advice
    assert (place / "old").read_text() == "old"
    reads = "(here / 'old').read_text(); (here / 'new').write_text('its own')"
    assert worker(place, reads, inside=False).returncode == 0


def test_a_store_at_its_usual_port_is_not_connected_to(place: Path):
    code = "import socket; socket.create_connection(('127.0.0.1', 6379))"
    ran = worker(place, code)
    assert "the app would use the Redis at 127.0.0.1:6379" in ran.stderr
    assert "--with redis" in (place.parent / "kept" / "refused").read_text()
