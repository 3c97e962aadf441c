"""The limits of one process in a sandbox: each with a small program that asks for more."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sandboxes import ended, free, in_sandbox, needed, python

from workerlab.grading.batch.isolation import sandbox_order
from workerlab.processes import sandbox as sandbox_module
from workerlab.processes.child import Child
from workerlab.processes.sandbox import MB, MOST_TASKS, Sandbox, confine, confined, give


@pytest.fixture
def limited() -> None:
    """For tests of the limits, which hold without bubblewrap too."""
    if not shutil.which("prlimit"):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "prlimit, of util-linux, is not here"
        )


@pytest.fixture
def unconfined() -> Iterator[None]:
    """This process starts nothing in a sandbox any more when the test is over."""
    yield
    confine(None)


def without_bubblewrap(script: str) -> str:
    return free("import os, sys; os.execv(sys.argv[1], sys.argv[1:])", *limits(script))


def limits(script: str) -> list[str]:
    return Sandbox(False).command(python(script))


TOO_MUCH = {
    "memory": (
        "import mmap\nmmap.mmap(-1, 3 * 10**9, mmap.MAP_PRIVATE)\nprint('had it')",
        "OSError: [Errno 12] Cannot allocate memory",
    ),
    "open files": (
        "import os\nfor n in range(5000): os.dup(1)\nprint('had it')",
        "OSError: [Errno 24] Too many open files",
    ),
    "a file": (
        "import tempfile\nfile = tempfile.TemporaryFile()\nfile.truncate(300 * 10**6)\nprint('had it')",
        "OSError: [Errno 27] File too large",
    ),
}
CAUGHT = """
import sys
try:
    exec(sys.argv[1])
except BaseException as error:  # told without `traceback`, which opens files from 3.13 on
    print(f"{type(error).__name__}: {error}".removesuffix(": "))
"""


@pytest.mark.parametrize("what", TOO_MUCH)
def test_more_than_its_limit_is_refused(what: str, limited: None) -> None:
    script, told = TOO_MUCH[what]
    command = f"import sys; sys.argv[1:] = [{script!r}]\n{CAUGHT}"
    assert without_bubblewrap(command).strip() == told
    assert free("import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (6000, 6000))\n" + command) == (
        "had it\n"
    )


@pytest.mark.parametrize("what", TOO_MUCH)
def test_the_same_in_a_grading_process(what: str, limited: None) -> None:
    needed()
    script, told = TOO_MUCH[what]
    assert in_sandbox(CAUGHT, script).strip() == told


def test_a_dump_of_its_memory_is_never_written(limited: None) -> None:
    script = "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"
    assert without_bubblewrap(script).strip() == "(0, 0)"


def test_the_number_of_its_tasks_is_limited_and_no_other_user_loses_one(limited: None) -> None:
    """Threads and processes alike; a fork bomb meets it before the lifeline looks."""
    needed()
    script = """
import _thread, os
_thread.stack_size(1 << 16)
forever, begun = _thread.allocate_lock(), 0
forever.acquire()
try:
    while begun < int(__import__("sys").argv[1]):
        _thread.start_new_thread(forever.acquire, ())
        begun += 1
    print("had them", flush=True)
except RuntimeError:
    print("refused", begun, flush=True)
os._exit(0)
"""
    word, begun = in_sandbox(script, MOST_TASKS + 100).split()
    assert word == "refused" and int(begun) < MOST_TASKS
    assert free(script, MOST_TASKS + 100).strip() == "had them"


def test_the_limits_cannot_be_lifted() -> None:
    needed()
    script = """
import resource as r
for limit in (r.RLIMIT_NOFILE, r.RLIMIT_FSIZE, r.RLIMIT_DATA, r.RLIMIT_NPROC, r.RLIMIT_CORE):
    now = r.getrlimit(limit)[1]
    try:
        r.setrlimit(limit, (now + 1, now + 1))
        print("lifted", now)
    except (ValueError, OSError):
        print(now)
"""
    told = [int(word) for word in in_sandbox(script).split()]
    assert told == [4096, 256 * MB, 2000 * MB, MOST_TASKS, 0]


def test_only_what_is_opened_in_a_sandbox_is_confined(unconfined: None, limited: None) -> None:
    """The grader's own servers are not: a database needs what a submission must not have."""
    script = "import resource; print(resource.getrlimit(resource.RLIMIT_FSIZE)[0])"
    assert confined() is None
    assert said_by(Child(in_sandbox=True), script) != str(256 * MB)
    confine(Sandbox(False))
    assert said_by(Child(in_sandbox=True), script) == str(256 * MB)
    assert said_by(Child(), script) != str(256 * MB)


def test_its_log_is_bounded_as_every_file_is(
    unconfined: None, limited: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox_module, "PROCESS_LIMITS", ("--fsize=100000",))
    confine(Sandbox(False))
    child = Child(in_sandbox=True)
    flood = "while True: print('x' * 9_999)"
    assert len(said_by(child, flood)) <= 100_000 and child.status != 0


def said_by(child: Child, script: str) -> str:
    """The whole log of a child that runs a script to its end."""
    child.open(python(script))
    with closing(child):
        child.start()
        ended(child)
    return child.log.strip()


def test_a_folder_of_ours_is_given_to_its_user_and_passed_through_by_it(
    unconfined: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not looked around in: a user that passes a parent does not see what else is there."""
    if os.getuid() != 0:
        pytest.skip("only root may give a folder away")
    monkeypatch.setattr(sandbox_module, "SHARED", tmp_path)
    user = sandbox_order()["user"] or 61200
    confine(Sandbox(False, user=user))
    folder = tmp_path / "keeper" / "app"
    (folder / "inner").mkdir(parents=True)
    folder.parent.chmod(0o700)
    (folder / "app.py").symlink_to("/etc/passwd")
    owner = Path("/etc/passwd").stat().st_uid
    assert give(folder) == folder
    assert {os.lstat(path).st_uid for path in (folder, *folder.iterdir())} == {user}
    assert Path("/etc/passwd").stat().st_uid == owner, "a link is given away, not what it names"
    assert folder.parent.stat().st_mode & 0o777 == 0o711
    assert folder.parent.stat().st_uid == os.getuid()


def test_what_a_submission_may_import_is_seen_in_the_sandbox() -> None:
    """UltraDict among it, which lies beside the package and in no environment."""
    needed()
    script = "import sys; sys.path[:0] = sys.argv[1:]; import fastapi, redis, UltraDict, workerlab"
    assert in_sandbox(f"{script}; print('seen')", *sys.path) == "seen\n"


def test_every_link_on_the_way_to_python_is_found(tmp_path: Path, monkeypatch) -> None:
    """uv's: the environment names a folder that is itself a link to the folder of a release."""
    place = tmp_path.resolve()
    (place / "cpython-3.15.2/bin").mkdir(parents=True)
    (place / "cpython-3.15.2/bin/python3.15").touch()
    (place / "cpython-3.15").symlink_to("cpython-3.15.2")
    (place / "mine").mkdir()
    (place / "mine/python").symlink_to("../cpython-3.15/bin/python3.15")
    (place / "venv").mkdir()
    (place / "venv/python").symlink_to(place / "mine/python")
    monkeypatch.setattr(sandbox_module.sys, "executable", str(place / "venv/python"))
    found = [str(link.relative_to(place)) for link in sandbox_module.links_to_python()]
    assert found == ["venv/python", "mine/python", "cpython-3.15"]


def test_a_link_outside_of_the_folders_of_python_is_made_in_the_sandbox(monkeypatch) -> None:
    monkeypatch.setattr(sandbox_module, "links_to_python", lambda: [Path("/somewhere/else/python")])
    monkeypatch.setattr(sandbox_module.os, "readlink", lambda link: f"what {link} names")
    words = Sandbox(True).command(["true"])
    made = [at for at, word in enumerate(words) if word == "--symlink"]
    assert [words[at + 1 : at + 3] for at in made] == [
        ["what /somewhere/else/python names", "/somewhere/else/python"]
    ]
    before = words[: made[0]]
    assert "/somewhere/else" in before and "/somewhere" in before, "their folders are made first"
