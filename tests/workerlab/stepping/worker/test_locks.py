"""Locks on a SQLite database: the two ways to learn of them say the same, also through a whole commit."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workerlab.stepping.worker import locks
from workerlab.stepping.worker.locks import Locks

NOTHING = frozenset()


@pytest.fixture(params=["delete", "wal"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    connection.execute(f"pragma journal_mode = {request.param}")
    connection.execute("create table counter (value)")
    yield connection
    connection.close()


def both(path: Path) -> frozenset[tuple[str, str]]:
    """What /proc/locks tells, which the descriptors must tell, too."""
    assert locks._knows_us()
    told = Locks().held([str(path)])
    assert told == frozenset(locks._of_descriptors((str(path),)))
    return told


def test_each_state_of_a_transaction_has_its_locks(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "state.db"
    at_rest = both(path)
    states = []
    for statement in ("begin", "select * from counter", "insert into counter values (1)"):
        database.execute(statement)
        states.append(both(path))
    assert states[0] == at_rest  # `begin` does nothing yet
    assert at_rest < states[1] != states[2]
    assert any("WRITE" in words for _, words in states[2] - states[1])
    assert {each for each, _ in states[2]} == {str(path)}
    database.execute("commit")
    assert both(path) == at_rest


def test_the_locks_of_other_processes_and_other_files_are_none_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    program = f"""
import sqlite3
database = sqlite3.connect({str(path)!r}, isolation_level=None)
database.execute("begin exclusive")
print("has it", flush=True)
input()
"""
    command = [sys.executable, "-c", program]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline() == b"has it\n"
        assert str(process.pid).encode() in locks._read(locks.ALL)
        assert both(path) == NOTHING
        process.communicate(b"\n")
    other = sqlite3.connect(tmp_path / "other.db", isolation_level=None)
    other.execute("begin exclusive")
    assert both(path) == NOTHING
    other.close()


def test_a_file_that_is_gone_still_has_its_locks(tmp_path: Path) -> None:
    path, known = tmp_path / "state.db", Locks()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("begin exclusive")
    before = known.held([str(path)])
    assert before
    os.unlink(path)
    assert known.held([str(path)]) == before
    connection.close()
    assert known.held([str(path)]) == NOTHING


def test_where_a_file_has_two_numbers_descriptors_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("begin exclusive")
    right = both(path)
    other = tmp_path / "other"
    other.touch()
    number = os.stat(other)
    monkeypatch.setattr(locks.os, "stat", lambda path: number)
    known = Locks()
    assert known._of_the_machine((str(path),)) is None
    assert known.held([str(path)]) == right != NOTHING
    connection.close()


def test_where_proc_counts_otherwise_descriptors_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("begin exclusive")
    right = both(path)
    monkeypatch.setattr(locks, "ALL", str(tmp_path / "no such file"))
    assert not locks._knows_us()
    assert Locks().held([str(path)]) == right != NOTHING
    connection.close()
