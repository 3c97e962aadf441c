"""The labs and notebooks in a reader's own folder: whole, without solutions, and never written over."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.grading.authoring import course
from workerlab.grading.manifest import root

APP = Path("labs/lab08_redis/app.py")


def files_of(folder: Path) -> dict[Path, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder): path.read_bytes() for path in found}


def test_it_is_what_the_clone_has(tmp_path: Path) -> None:
    done = course.put(tmp_path / "here")
    there = files_of(tmp_path / "here")
    assert set(there) == set(done.files) == set(done.written)
    assert done.kept == ()
    for name in ("labs", "notebooks", "tests/labs"):
        assert {p: b for p, b in files_of(root() / name).items() if ".py" in p.suffix}.items() >= {
            p.relative_to(name): b
            for p, b in there.items()
            if p.is_relative_to(name) and ".py" in p.suffix
        }.items()
    labs = {path.parent.name for path in (root() / "labs").glob("*/lab.toml")}
    assert {path.parts[1] for path in there if path.name == "lab.toml"} == labs
    assert not [path for path in there if {"solutions", "mutants", "WHY.md"} & {*path.parts}]


def test_what_is_there_is_kept_and_what_is_missing_is_added(tmp_path: Path) -> None:
    course.put(tmp_path)
    (tmp_path / APP).write_text("mine")
    (tmp_path / "labs/lab01_detective/README.md").unlink()
    (tmp_path / "my_app.py").write_text("app = 1")
    done = course.put(tmp_path)
    assert done.written == (Path("labs/lab01_detective/README.md"),)
    assert done.kept == (APP,)
    assert (tmp_path / APP).read_text() == "mine"
    assert course.put(tmp_path).written == ()


@pytest.mark.parametrize("name", ["labs", "tests", "notebooks"])
def test_a_folder_of_the_readers_own_stays_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "mine.py").write_text("mine")
    before = files_of(tmp_path)
    with pytest.raises(BadUsage, match=f"not empty: it has a folder {name} of its own"):
        course.put(tmp_path)
    assert files_of(tmp_path) == before


def test_a_place_inside_a_copy_is_refused(tmp_path: Path) -> None:
    course.put(tmp_path)
    with pytest.raises(BadUsage, match="which has the labs"):
        course.put(tmp_path / "labs" / "lab08_redis")


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch) -> None:
    copied = []

    def fills_up(source: Path, target: Path) -> None:
        if len(copied) == 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        copied.append(target)
        target.write_bytes(source.read_bytes())

    monkeypatch.setattr(course.shutil, "copyfile", fills_up)
    with pytest.raises(BadUsage, match="No space left on device") as refused:
        course.put(tmp_path / "here")
    assert "--folder DIR" in refused.value.advice
    assert [*tmp_path.iterdir()] == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(BadUsage, match="cannot write"):
            course.put(folder)
