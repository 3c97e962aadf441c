"""What was handed in: every odd thing is one clear line, and nothing outside is ever read."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.grading.batch.archives import Refused
from workerlab.grading.batch.unpacking import copied, unwrapped
from workerlab.grading.intake.packages import packages_in
from workerlab.grading.intake.submissions import Intake, Submission
from workerlab.grading.manifest import all_labs, find
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


def submissions(folder: Path, *labs: str) -> list[Submission]:
    known = all_labs()
    intake = Intake([find(name) for name in labs or (LAB,)], known)
    with packages_in(folder, {name for lab in known for name in lab.edits}) as packages:
        return [intake.take(package) for package in packages]


def only(folder: Path) -> Submission:
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
    (handed_in / "cy.py").write_text("app = 2")
    (handed_in / ".DS_Store").write_text("")
    found = submissions(handed_in)
    assert [one.student for one in found] == ["ada", "bob", "cy"]
    assert not any(one.refused for one in found)
    assert found[0].digest == found[1].digest != found[2].digest  # packed or not is the same
    assert [one.handed_in.taken[LAB]["app.py"] for one in found] == [
        f"ada/{LAB}/app.py",
        f"bob.zip/{LAB}/app.py",
        "cy.py",
    ]
    assert not any(
        one.handed_in.notes + one.handed_in.doubts for one in found
    )  # as it was asked for


def test_a_name_with_a_dot_stays_whole(handed_in: Path) -> None:
    (handed_in / "ada.zip").mkdir()
    packed(handed_in / "b.c.zip", ("app.py", b""))
    assert [one.student for one in submissions(handed_in)] == ["ada.zip", "b.c"]


def test_the_same_student_twice(handed_in: Path) -> None:
    (handed_in / "ada").mkdir()
    (handed_in / "ada" / "app.py").write_text("app = 1")
    packed(handed_in / "ada.zip", ("app.py", b"app = 2"))
    assert "more than once: ada and ada.zip" in refused(handed_in)
    packed(handed_in / "ada.zip", ("app.py", b"app = 1"))  # unpacked beside it, and left there
    assert only(handed_in).handed_in.notes == ["ada and ada.zip are the same"]


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
            app.rename(app.with_name("App.py"))
            (app.parent / "app.py").write_text("one")
        case "another file":
            (app.parent / "more.py").write_text("")
    assert only(handed_in).digest not in ("", before)


@pytest.mark.parametrize("name", ["/etc/x.py", "../x.py", "a/../../x.py", "..", "a/b/../c.py"])
def test_a_path_that_leads_out(handed_in: Path, name: str) -> None:
    packed(handed_in / "eve.zip", ("app.py", b""), (name, b"mine"))
    assert "leads out of it" in refused(handed_in)


@pytest.mark.parametrize("name", ["C:/x.py", "C:\\x.py"])
def test_a_path_of_windows_with_a_drive(handed_in: Path, name: str) -> None:
    packed(handed_in / "eve.zip", (name, b""))
    assert "path of Windows" in refused(handed_in)


@pytest.mark.parametrize("name", ["..\\x.py", "a\\..\\..\\x.py", "\\x.py"])
def test_a_path_of_windows_that_leads_out(handed_in: Path, name: str) -> None:
    packed(handed_in / "eve.zip", (name, b""))
    assert "leads out" in refused(handed_in)


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
    (handed_in / name / "app.py").write_text("app = 1")
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
    data = bytearray(packed(handed_in / "eve.zip", ("app.py", b"x")).read_bytes())
    data[8] = data[data.rindex(b"PK\x01\x02") + 10] = 6  # imploded, as in 1989
    (handed_in / "eve.zip").write_bytes(data)
    assert "unusual" in refused(handed_in)


@pytest.mark.parametrize("packing", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_STORED])
def test_other_packings(handed_in: Path, packing: int) -> None:
    with zipfile.ZipFile(handed_in / "ada.zip", "w", packing) as archive:
        archive.writestr("app.py", b"app = 1")
    assert not only(handed_in).refused
    with zipfile.ZipFile(handed_in / "ada.zip", "w", packing) as archive:
        archive.writestr("app.py", bytes(MOST_BYTES + 1))
    assert "too large" in refused(handed_in)


def test_a_packing_that_asks_for_all_memory(handed_in: Path) -> None:
    with zipfile.ZipFile(handed_in / "eve.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("app.py", b"app = 1")
    data = bytearray((handed_in / "eve.zip").read_bytes())
    data[41:45] = (0xF0000000).to_bytes(4, "little")  # behind the header, the name and 5 bytes
    (handed_in / "eve.zip").write_bytes(data)
    assert "too much memory" in refused(handed_in)


def tarred(path: Path, *members: tuple[str | tarfile.TarInfo, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", ""])
def test_a_tar(handed_in: Path, packing: str) -> None:
    name = f"ada.tar.{packing}".rstrip(".")
    tarred(handed_in / name, (f"./{LAB}/app.py", b"app = 1"), mode=f"w:{packing}")
    assert only(handed_in).student == "ada" and not only(handed_in).refused
    tarred(handed_in / name, ("app.py", bytes(MOST_BYTES + 1)), mode=f"w:{packing}")
    assert "too large" in refused(handed_in)
    tarred(handed_in / name, ("../app.py", b"app = 1"), mode=f"w:{packing}")
    assert "leads out" in refused(handed_in)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_a_member_of_a_tar_that_is_no_file(handed_in: Path, kind: bytes) -> None:
    link = tarfile.TarInfo(f"{LAB}/app.py")
    link.type, link.linkname = kind, "/etc/passwd"
    tarred(handed_in / "eve.tgz", (link, b""))
    assert "link or a special file" in refused(handed_in)


def test_a_tar_whose_header_points_backwards(handed_in: Path) -> None:
    data = bytearray(tarred(handed_in / "eve.tar", ("app.py", b"x"), mode="w").read_bytes())
    data[124:136] = b"\xff" * 8 + (-512).to_bytes(4, "big", signed=True)  # its size: base 256
    data[148:156] = b"        "
    data[148:156] = b"%06o\0 " % sum(data[:512])
    (handed_in / "eve.tar").write_bytes(data)
    assert refused(handed_in)


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
    (handed_in / "ada" / "real.py").write_text("app = 1")
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
    (handed_in / "eve" / "app.py").write_text("app = 1")
    assert [bool(one.refused) for one in submissions(handed_in)] == [False, True]


def test_an_archive_of_another_kind(handed_in: Path) -> None:
    (handed_in / "eve.tar.gz").write_bytes(b"")
    assert "no archive that can be read" in refused(handed_in)
    (handed_in / "eve.tar.gz").rename(handed_in / "eve.rar")
    assert "ask for a .zip" in refused(handed_in)


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
