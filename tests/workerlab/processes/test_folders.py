"""Where the data of a store go: into memory, if it has room and nobody says otherwise."""

import os
from types import SimpleNamespace

import pytest

from workerlab.processes import folders
from workerlab.processes.folders import NAMED, ROOM, in_memory
from workerlab.services.postgres import Postgres

PAGE = 4096


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """A stand-in for /dev/shm; memory(free, flags) says what the system says of it."""
    for name in NAMED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(folders, "MEMORY", tmp_path)

    def says(free: int, flags: int = 0) -> None:
        state = SimpleNamespace(f_bavail=free // PAGE, f_frsize=PAGE, f_flag=flags)
        monkeypatch.setattr(os, "statvfs", lambda _: state)

    says(ROOM)
    return says


def test_memory_with_room_is_taken(tmp_path, memory):
    assert in_memory("/usual") == tmp_path


@pytest.mark.parametrize("free", [0, 64 << 20, ROOM - PAGE])
def test_memory_without_room_is_not(free, memory):
    memory(free)
    assert in_memory("/usual") == "/usual"


def test_memory_from_which_no_program_may_run_is_not(memory):
    memory(ROOM, os.ST_NOEXEC)
    assert in_memory("/usual") == "/usual"


@pytest.mark.parametrize("name", NAMED)
def test_a_user_who_names_a_folder_is_obeyed(name, memory, monkeypatch):
    monkeypatch.setenv(name, "/mine")
    assert in_memory("/usual") == "/usual"


def test_a_system_without_it(memory, monkeypatch, tmp_path):
    monkeypatch.setattr(folders, "MEMORY", tmp_path / "none")
    assert in_memory("/usual") == "/usual"


def test_a_store_in_memory_leaves_nothing(monkeypatch):
    for name in NAMED:
        monkeypatch.delenv(name, raising=False)
    service = Postgres(own=True)
    with service:
        own = service.folder
        assert own is not None
        assert (own / "data").is_dir()
        assert own.parent == in_memory(own.parent)  # memory, where it has room
    assert not own.exists()
