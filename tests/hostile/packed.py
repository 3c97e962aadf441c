"""Hostile submissions that no repository can hold as they are: zips, links, odd names, pipes.

Each function gets a path without a suffix, and makes a folder there or a file beside it.
"""

from __future__ import annotations

import io
import os
import shutil
import stat
import struct
import zipfile
import zlib
from pathlib import Path

HERE = Path(__file__).parent
RIGHT = (HERE / "neighbours" / "right.py").read_text(encoding="utf-8")
WRONG = (HERE / "neighbours" / "wrong.py").read_text(encoding="utf-8")
LAB = "lab60_counter"
MB = 1_000_000


def zip_with_an_absolute_path(target: Path) -> None:
    """A zip with files whose paths are absolute, or lead upward.

    Deserves: nothing
    """
    with zipfile.ZipFile(f"{target}.zip", "w") as file:
        file.writestr(f"{LAB}/app.py", RIGHT)
        file.writestr("/tmp/hostile-zip_with_an_absolute_path", "here")
        file.writestr("../../../tmp/hostile-zip_with_an_absolute_path", "here")


def zip_with_links(target: Path) -> None:
    """A zip with a link to /tmp, and a file that would be written through it.

    Deserves: nothing
    """
    with zipfile.ZipFile(f"{target}.zip", "w") as file:
        link = zipfile.ZipInfo(f"{LAB}/out")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/tmp")
        file.writestr(f"{LAB}/out/hostile-zip_with_links", "here")
        file.writestr(f"{LAB}/app.py", RIGHT)


def zip_bomb(target: Path) -> None:
    """A zip of 100 kB that unpacks to 100 GB: a thousand names for the same hundred megabytes.

    Deserves: nothing
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece, checksum = bytes(MB), 0
    packed = b"".join(packer.compress(piece) for _ in range(100))
    packed += packer.flush()
    for _ in range(100):
        checksum = zlib.crc32(piece, checksum)
    Path(f"{target}.zip").write_bytes(_overlapped(packed, 100 * MB, checksum))


def _overlapped(packed: bytes, size: int, checksum: int) -> bytes:
    """One member's bytes, with a thousand entries in the directory that all lead to them."""
    name = b"bomb0000"
    fields = (20, 0, zipfile.ZIP_DEFLATED, 0, 0, checksum, len(packed), size, len(name), 0)
    local = struct.pack("<4s5H3L2H", b"PK\3\4", *fields) + name + packed
    entries = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, *fields[:9], 0, 0, 0, 0, 0, 0)
        + b"bomb%04d" % number
        for number in range(1000)
    )
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1000, 1000, len(entries), len(local), 0)
    return local + entries + end


def zip_that_lies(target: Path) -> None:
    """A zip whose directory says 10 bytes for a member of a gigabyte.

    Deserves: nothing
    """
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"{LAB}/app.py", RIGHT)
        with file.open(f"{LAB}/more.txt", "w", force_zip64=False) as member:
            for _ in range(1000):
                member.write(bytes(MB))
    size = struct.pack("<L", 1000 * MB)
    Path(f"{target}.zip").write_bytes(whole.getvalue().replace(size, struct.pack("<L", 10)))


def zip_of_countless_files(target: Path) -> None:
    """A zip with 60,000 empty files.

    Deserves: nothing
    """
    with zipfile.ZipFile(f"{target}.zip", "w") as file:
        file.writestr(f"{LAB}/app.py", RIGHT)
        for number in range(60_000):
            file.writestr(f"{LAB}/{number}", "")


def file_names_that_act(target: Path) -> None:
    """Files whose names have line ends, right-to-left marks and escapes in them.

    Deserves: nothing
    """
    _folder(target, RIGHT)
    for name in ("a\n10 passed", "\u202eyp.ppa", "\x1b[2J", "<script>", "; rm -rf hostile"):
        (target / LAB / name).write_text("here")


def student_name_that_acts(target: Path) -> None:
    """A student's name with a line end, a right-to-left mark, an escape and a tag in it.

    Deserves: as wrong
    """
    _folder(target.with_name(f"{target.name}\n=1+1\u202e\x1b[2J<b>"), WRONG)


def name_that_is_no_text(target: Path) -> None:
    """A student's name of bytes that are no UTF-8.

    Deserves: as wrong
    """
    _folder(Path(os.fsdecode(os.fsencode(target) + b"\xff\xfe")), WRONG)


def folder_that_cannot_be_written(target: Path) -> None:
    """Folders and files that nobody may write, its owner included.

    Deserves: as wrong
    """
    _folder(target, WRONG)
    (target / LAB / "app.py").chmod(0o444)
    (target / LAB).chmod(0o555)


def file_that_cannot_be_read(target: Path) -> None:
    """An app.py that nobody but root may read.

    Deserves: as wrong
    """
    _folder(target, WRONG)
    (target / LAB / "app.py").chmod(0o000)


def app_that_is_a_pipe(target: Path) -> None:
    """An app.py that is a named pipe: whoever opens it waits for ever.

    Deserves: nothing
    """
    (target / LAB).mkdir(parents=True)
    os.mkfifo(target / LAB / "app.py")


def app_that_is_a_link(target: Path) -> None:
    """An app.py that is a link to a right solution outside.

    Deserves: nothing
    """
    (target / LAB).mkdir(parents=True)
    (target / LAB / "app.py").symlink_to(HERE / "neighbours" / "right.py")


def links_in_a_circle(target: Path) -> None:
    """Links to themselves, to each other, and to the folder that they lie in.

    Deserves: as wrong
    """
    _folder(target, WRONG)
    (target / LAB / "self").symlink_to("self")
    (target / LAB / "folder").symlink_to(".")


def folders_without_end(target: Path) -> None:
    """Folders in folders, 400 deep.

    Deserves: as wrong
    """
    _folder(target, WRONG)
    here = os.open(target / LAB, os.O_RDONLY)
    for _ in range(400):
        os.mkdir("deeper-and-deeper", dir_fd=here)
        below = os.open("deeper-and-deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def app_of_zeros(target: Path) -> None:
    """An app.py of 19 MB of zero bytes.

    Deserves: nothing
    """
    (target / LAB).mkdir(parents=True)
    (target / LAB / "app.py").write_bytes(bytes(19 * MB))


def file_of_a_terabyte(target: Path) -> None:
    """A file with holes, a terabyte long, that takes no room.

    Deserves: nothing
    """
    _folder(target, RIGHT)
    with open(target / LAB / "data", "wb") as file:
        file.truncate(10**12)


def _folder(target: Path, app: str) -> None:
    (target / LAB).mkdir(parents=True)
    shutil.copyfile(HERE / "neighbours" / "wrong.py", target / LAB / "plain.py")
    (target / LAB / "app.py").write_text(app)


SUBMISSIONS = [
    zip_with_an_absolute_path,
    zip_with_links,
    zip_bomb,
    zip_that_lies,
    zip_of_countless_files,
    file_names_that_act,
    student_name_that_acts,
    name_that_is_no_text,
    folder_that_cannot_be_written,
    file_that_cannot_be_read,
    app_that_is_a_pipe,
    app_that_is_a_link,
    links_in_a_circle,
    folders_without_end,
    app_of_zeros,
    file_of_a_terabyte,
]
