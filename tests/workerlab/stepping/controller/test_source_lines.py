"""Lines are read from the student's files only, whichever path a worker reports."""

import os

from workerlab.stepping.controller.source_lines import LONGEST, Sources


def test_only_their_own_files_are_read(tmp_path):
    theirs, secret = tmp_path / "theirs", tmp_path / "secret.py"
    theirs.mkdir()
    secret.write_text("the solution\n")
    (theirs / "app.py").write_text("one\n    two\n")
    (theirs / "link.py").symlink_to(secret)
    (theirs / "up").symlink_to(tmp_path)
    os.mkfifo(theirs / "waits.py")
    (theirs / "bytes.py").write_bytes(b"\xff\xfe\n")
    (theirs / "long.py").write_text("x" * (LONGEST + 10))
    sources = Sources([theirs])
    assert sources.line(str(theirs / "app.py"), 2) == "two"
    for number in (0, -1, 3, 10**9):
        assert sources.line(str(theirs / "app.py"), number) == ""
    for file in (
        secret,
        theirs / "link.py",
        theirs / "up" / "secret.py",
        theirs / ".." / "secret.py",
        theirs / "waits.py",
        theirs / "bytes.py",
        theirs / "missing.py",
        theirs,
        "secret.py",
        "",
        "a\0b",
    ):
        assert sources.line(str(file), 1) == ""
    assert len(sources.line(str(theirs / "long.py"), 1)) == LONGEST


def test_a_line_stays_what_it_was(tmp_path):
    app = tmp_path / "app.py"
    app.write_text("as it ran\n")
    sources = Sources([tmp_path])
    assert sources.line(str(app), 1) == "as it ran"
    app.write_text("made up later\n")
    assert sources.line(str(app), 1) == "as it ran"
