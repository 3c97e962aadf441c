"""A SQLite database is put back under the connections of the app, whatever they remember."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from workerlab.restoring import sqlite
from workerlab.restoring.busy import Busy


@pytest.fixture
def made(tmp_path: Path):
    """made(mode) -> an app's connection, its database with one row, and a copy of that."""
    with closing(sqlite3.connect(tmp_path / "app.db", isolation_level=None)) as app:

        def make(mode: str) -> tuple[sqlite3.Connection, Path, Path]:
            app.execute(f"PRAGMA journal_mode = {mode}")
            app.execute("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n)")
            app.execute("INSERT INTO t (n) VALUES (7)")
            path, copy = tmp_path / "app.db", tmp_path / "kept"
            sqlite.copy(path, copy)
            return app, path, copy

        yield make


def rows(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    return connection.execute("SELECT id, n FROM t ORDER BY id").fetchall()


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_an_open_connection_sees_the_start_again_and_not_what_it_remembers(made, mode):
    app, path, copy = made(mode)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        for n in range(3):  # as many changes each time, so that their numbers could be the same
            app.execute("INSERT INTO t (n) VALUES (?)", (n,))
            assert rows(other) == rows(app) == [(1, 7), (2, n)], "ids begin again, too"
            sqlite.copy(copy, path)
            assert rows(app) == rows(other) == [(1, 7)]
    assert app.execute("PRAGMA journal_mode").fetchone() == (mode,)


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_it_can_be_emptied_under_a_connection(made, mode):
    app, path, _ = made(mode)
    sqlite.copy(None, path)
    assert app.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    app.execute("CREATE TABLE t (id)")


def test_a_transaction_that_was_left_open_is_told_of(made):
    app, path, copy = made("delete")
    app.execute("BEGIN IMMEDIATE")
    app.execute("INSERT INTO t (n) VALUES (8)")
    with pytest.raises(Busy, match=r"app\.db is locked"):
        sqlite.copy(copy, path)
    app.execute("ROLLBACK")
    sqlite.copy(copy, path)
    assert rows(app) == [(1, 7)]


def test_a_lock_that_keeps_every_reader_out_is_waited_for(made, monkeypatch):
    app, path, copy = made("delete")
    app.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(sqlite, "TRIES", 4)
    with pytest.raises(Busy, match=r"app\.db is locked"):
        sqlite.copy(copy, path)
    app.execute("DELETE FROM t")
    monkeypatch.setattr(sqlite, "TRIES", 20_000)
    with ThreadPoolExecutor(1) as pool:
        restored = pool.submit(sqlite.copy, copy, path)
        app.execute("COMMIT")
        restored.result()
    assert rows(app) == [(1, 7)]
