"""The control group of a grading process: in a tree of folders like Linux's, and in Linux's own."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workerlab.grading.batch import cgroups
from workerlab.grading.batch.cgroups import Group

FILES = ("memory.max", "memory.swap.max", "pids.max", "cgroup.procs", "cgroup.kill")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders in which a new one has the files of a group, and goes with them, as Linux's do."""
    (tmp_path / "user.slice" / "ours").mkdir(parents=True)
    (tmp_path / "cgroup.controllers").write_text("memory pids")
    own = tmp_path / "own"
    own.write_text("9:cpu:/\n0::/user.slice/ours\n")
    make, remove = Path.mkdir, Path.rmdir

    def mkdir(folder: Path, *told, **more) -> None:
        make(folder, *told, **more)
        for name in FILES:
            (folder / name).touch()

    def rmdir(folder: Path) -> None:
        for file in folder.iterdir():
            file.unlink()
        remove(folder)

    monkeypatch.setattr(cgroups.Path, "mkdir", mkdir)
    monkeypatch.setattr(cgroups.Path, "rmdir", rmdir)
    monkeypatch.setattr(cgroups, "TREE", tmp_path)
    monkeypatch.setattr(cgroups, "OWN", own)
    return tmp_path


def test_a_group_is_made_beside_ours_and_bounded(tree: Path) -> None:
    with Group() as group:
        assert group.made
        [folder] = (tree / "user.slice").glob("workerlab-*")
        told = {name: (folder / name).read_text() for name in FILES}
        group.take(17)
        assert (folder / "cgroup.procs").read_text() == "17"
    assert {name: told[name] for name in cgroups.BOUNDS} == cgroups.BOUNDS
    assert [*(tree / "user.slice").glob("workerlab-*")] == []


def test_without_the_controllers_there_is_none_and_nothing_stays(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroups, "NEEDED", (*FILES, "what this system has not"))
    with Group() as group:
        assert not group.made
        group.take(17)
    assert [*tree.rglob("workerlab-*")] == []


def test_in_a_tree_of_version_1_there_is_none(tree: Path) -> None:
    (tree / "cgroup.controllers").unlink()
    with Group() as group:
        assert not group.made


def test_where_we_may_not_write_there_is_none(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups.os, "access", lambda place, mode: False)
    with Group() as group:
        assert not group.made


EATS = "input()\nheld = []\nwhile True: held.append(bytearray(b'x' * (1 << 20)))"


def test_linux_itself_ends_what_takes_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cgroups.BOUNDS, "memory.max", str(60_000_000))
    process = subprocess.Popen([sys.executable, "-c", EATS], stdin=subprocess.PIPE)
    try:
        with process.stdin, Group() as group:
            if not group.made:
                pytest.skip("this system lets us make no control group of version 2")
            group.take(process.pid)
            process.communicate(b"\n", timeout=60)
            assert process.returncode == -signal.SIGKILL
    finally:
        process.kill()
        process.wait()
