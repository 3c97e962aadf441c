"""What was handed in: every odd thing is one clear line, and nothing outside is ever read."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.grading.batch.contents import Refused
from workerlab.grading.batch.intake import copied, submissions, unwrapped
from workerlab.grading.submission import MOST_BYTES, MOST_FILES

LAB = "lab08_redis"


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    folder = tmp_path / "handed-in"
    folder.mkdir()
    return folder


def packed(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def only(folder: Path):
    (one,) = submissions(folder)
    return one


def refused(folder: Path) -> str:
    """The line that refuses the one submission; nothing of it can be unpacked either."""
    one = only(folder)
    assert one.digest == "" and one.refused and "\n" not in one.refused
    return one.refused


def test_folder_zip_and_single_file(handed_in: Path) -> None:
    (handed_in / "ada" / LAB).mkdir(parents=True)
    (handed_in / "ada" / LAB / "app.py").write_text("app = 1")
    packed(handed_in / "bob.zip", (f"{LAB}/app.py", b"app = 1"))
    (handed_in / "cy.py").write_text("app = 1")
    (handed_in / ".DS_Store").write_text("")
    found = submissions(handed_in)
    assert [one.student for one in found] == ["ada", "bob", "cy"]
    assert not any(one.refused for one in found)
    assert found[0].digest == found[1].digest != found[2].digest  # packed or not is the same
    assert LAB in found[0].names and LAB in found[1].names


def test_a_name_with_a_dot_stays_whole(handed_in: Path) -> None:
    (handed_in / "ada.zip").mkdir()
    packed(handed_in / "b.c.zip", ("app.py", b""))
    assert [one.student for one in submissions(handed_in)] == ["ada.zip", "b.c"]


def test_the_same_student_twice(handed_in: Path) -> None:
    (handed_in / "ada").mkdir()
    packed(handed_in / "ada.zip", ("app.py", b""))
    assert "more than once: ada and ada.zip" in refused(handed_in)


@pytest.mark.parametrize("change", ["content", "name", "another file"])
def test_the_digest_tells_every_change(handed_in: Path, change: str) -> None:
    app = handed_in / "ada" / "app.py"
    app.parent.mkdir()
    app.write_text("one")
    before = only(handed_in).digest
    assert only(handed_in).digest == before
    match change:
        case "content":
            app.write_text("two")
        case "name":
            app.rename(app.with_name("other.py"))
        case "another file":
            (app.parent / "more.py").write_text("")
    assert only(handed_in).digest not in ("", before)


@pytest.mark.parametrize("name", ["/etc/x.py", "../x.py", "a/../../x.py", "..", "a/b/../c.py"])
def test_a_path_that_leads_out(handed_in: Path, name: str) -> None:
    packed(handed_in / "eve.zip", ("app.py", b""), (name, b"mine"))
    assert "leads out of it" in refused(handed_in)


@pytest.mark.parametrize("name", ["a\\b.py", "C:/x.py", "..\\x.py"])
def test_a_path_of_windows(handed_in: Path, name: str) -> None:
    packed(handed_in / "eve.zip", (name, b""))
    assert "path of Windows" in refused(handed_in)


@pytest.mark.parametrize("name", ["a\nb.py", "a\u202eyp.exe", "a\x1b[2J.py", "\u2066x.py"])
def test_a_name_with_signs_that_act(handed_in: Path, name: str) -> None:
    packed(handed_in / "eve.zip", (name, b""))
    line = refused(handed_in)
    assert "cannot be seen" in line and name not in line
    (handed_in / "eve.zip").unlink()
    (handed_in / "mal").mkdir()
    (handed_in / "mal" / name).write_text("")
    assert "cannot be seen" in refused(handed_in)


def test_a_student_s_name_is_kept_as_it_is(handed_in: Path) -> None:
    name = "a\n\u202eb"
    (handed_in / name).mkdir()
    assert only(handed_in).student == name and not only(handed_in).refused


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_a_member_that_is_no_file(handed_in: Path, kind: int) -> None:
    member = zipfile.ZipInfo(f"{LAB}/app.py")
    member.external_attr = (kind | 0o644) << 16
    packed(handed_in / "eve.zip", (member, b"/etc/passwd"))
    assert "link or a special file" in refused(handed_in)


def test_a_bomb(handed_in: Path, tmp_path: Path) -> None:
    packed(handed_in / "eve.zip", ("app.py", bytes(MOST_BYTES + 1)))
    assert (handed_in / "eve.zip").stat().st_size < 100_000
    assert "too large" in refused(handed_in)
    with pytest.raises(Refused, match="too large"):
        copied(handed_in / "eve.zip", tmp_path / "into")


def test_a_bomb_that_lies_about_its_size(handed_in: Path) -> None:
    """The sizes in the zip's own tables are not what is counted."""
    data = bytearray(packed(handed_in / "eve.zip", ("app.py", bytes(MOST_BYTES * 2))).read_bytes())
    central = data.rindex(b"PK\x01\x02")
    data[22:26] = data[central + 24 : central + 28] = (10).to_bytes(4, "little")
    (handed_in / "eve.zip").write_bytes(data)
    assert refused(handed_in)


def test_too_many_files(handed_in: Path) -> None:
    packed(handed_in / "eve.zip", *((f"f{number}", b"") for number in range(MOST_FILES + 1)))
    assert "too large" in refused(handed_in)
    (handed_in / "eve.zip").unlink()
    (handed_in / "mal").mkdir()
    for number in range(MOST_FILES + 1):
        (handed_in / "mal" / f"f{number}").touch()
    assert "too large" in refused(handed_in)


def test_a_file_without_bytes_but_with_a_size(handed_in: Path) -> None:
    (handed_in / "eve").mkdir()
    with open(handed_in / "eve" / "app.py", "wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert "too large" in refused(handed_in)


@pytest.mark.parametrize("what", ["cut", "text", "empty", "wrong checksum"])
def test_a_zip_that_is_none(handed_in: Path, what: str) -> None:
    path = packed(handed_in / "eve.zip", ("app.py", os.urandom(5_000)))
    data = path.read_bytes()
    match what:
        case "cut":
            data = data[:2_000]
        case "text":
            data = b"app = 1"
        case "empty":
            data = b""
        case "wrong checksum":
            data = data[:1_000] + bytes(8) + data[1_008:]
    path.write_bytes(data)
    assert "read" in refused(handed_in)


def test_a_locked_zip(handed_in: Path) -> None:
    data = bytearray(packed(handed_in / "eve.zip", ("app.py", b"x")).read_bytes())
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    (handed_in / "eve.zip").write_bytes(data)
    assert "password" in refused(handed_in)


def test_an_unusual_packing(handed_in: Path) -> None:
    with zipfile.ZipFile(handed_in / "eve.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("app.py", b"x")
    assert "unusual" in refused(handed_in)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_path_twice(handed_in: Path) -> None:
    packed(handed_in / "eve.zip", ("app.py", b"good"), ("./app.py", b"bad"))
    assert "twice" in refused(handed_in)
    packed(handed_in / "eve.zip", ("app.py", b"good"), ("app.py/x", b"bad"))
    assert "both a file and a folder" in refused(handed_in)


def test_a_name_that_is_too_long(handed_in: Path) -> None:
    packed(handed_in / "eve.zip", ("x" * 300, b""))
    assert "too long" in refused(handed_in)


@pytest.mark.parametrize("target", ["/etc/hostname", "../secret", "nowhere", "app.py"])
def test_links_in_a_folder(handed_in: Path, target: str) -> None:
    (handed_in.parent / "secret").write_text("the instructor's")
    folder = handed_in / "eve"
    folder.mkdir()
    os.symlink(target, folder / "app.py")
    assert "link that leads" in refused(handed_in)


def test_a_link_to_a_folder_outside(handed_in: Path) -> None:
    (handed_in / "eve").mkdir()
    os.symlink("/etc", handed_in / "eve" / LAB)
    assert "leads out" in refused(handed_in)


def test_a_link_that_stays_inside(handed_in: Path) -> None:
    (handed_in / "ada").mkdir()
    (handed_in / "ada" / "real.py").write_text("")
    os.symlink("real.py", handed_in / "ada" / "app.py")
    assert not only(handed_in).refused


def test_a_submission_that_is_itself_a_link(handed_in: Path) -> None:
    os.symlink("/etc", handed_in / "eve")
    assert "link or a special file" in refused(handed_in)


def test_a_pipe_is_never_waited_for(handed_in: Path) -> None:
    (handed_in / "eve").mkdir()
    os.mkfifo(handed_in / "eve" / "app.py")
    assert "no ordinary file" in refused(handed_in)
    os.rename(handed_in / "eve" / "app.py", handed_in / "mal.zip")
    assert [bool(one.refused) for one in submissions(handed_in)] == [False, True]


def test_an_archive_of_another_kind(handed_in: Path) -> None:
    (handed_in / "eve.tar.gz").write_bytes(b"")
    assert "no .zip" in refused(handed_in)


def test_hidden_things_do_not_count(handed_in: Path) -> None:
    packed(handed_in / "ada.zip", ("__MACOSX/._app.py", b"x"), (".git/x", b"y"), ("app.py", b"z"))
    (handed_in / "bob" / ".git").mkdir(parents=True)
    os.mkfifo(handed_in / "bob" / ".git" / "pipe")
    (handed_in / "bob" / "app.py").write_bytes(b"z")
    ada, bob = submissions(handed_in)
    assert ada.digest == bob.digest != ""


@pytest.mark.parametrize(
    ("member", "place"),
    [
        (f"{LAB}/app.py", "."),
        (f"homework/{LAB}/app.py", "homework"),
        ("homework/app.py", "homework"),
        (f"repo/labs/{LAB}/app.py", "repo/labs"),
        ("app.py", "."),
        ("lab07_sqlite/app.py", "."),
    ],
)
def test_wrapping_is_taken_off(handed_in: Path, tmp_path: Path, member: str, place: str) -> None:
    path = packed(handed_in / "ada.zip", (member, b"x"), ("__MACOSX/a", b""), (".x", b""))
    folder = copied(path, tmp_path / "into")
    assert unwrapped(folder, {LAB, "lab07_sqlite"}) == folder / place
    assert (folder / member).read_bytes() == b"x"


def test_no_submissions(handed_in: Path) -> None:
    with pytest.raises(BadUsage, match="no submissions"):
        submissions(handed_in)
    with pytest.raises(BadUsage, match="cannot read"):
        submissions(handed_in / "nowhere")


def test_a_zip_without_an_end_record_is_reported_in_a_line(handed_in: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", b"x")
    (handed_in / "eve.zip").write_bytes(buffer.getvalue().replace(b"PK\x05\x06", b"PK\x05\x07"))
    assert "no .zip that can be read" in refused(handed_in)
