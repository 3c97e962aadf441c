"""A detective that looks the answer up finds nothing: not as root, and not as the same user.

It reads all that it can of other processes and of the places that all may write, between two
questions to the server, and reports where it has found the name of a kind of suspect.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from further import mostly_further
from sandboxes import in_the_open, needed

from workerlab.contracts.detective.lineup import read
from workerlab.contracts.detective.session import ANSWERS, Precinct
from workerlab.grading.batch.isolation import isolated_command
from workerlab.processes import users

ROOT = Path(__file__).parents[4]
SUSPECTS = ROOT / "labs" / "lab01_detective" / "suspects"
LOOKS = """
import json, os, tempfile

KINDS = [b"loses_" + b"updates", b"one_copy_" + b"per_worker",
         b"one_shared_" + b"object", b"reset_reaches_" + b"one_worker"]
MARK = "workerlab-visits"


def places():
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in (os.getpid(), os.getppid()):
            for one in ("cmdline", "environ", "maps"):
                yield f"/proc/{name}/{one}"
            try:
                numbers = os.listdir(f"/proc/{name}/fd")
            except OSError:
                continue
            yield from (f"/proc/{name}/fd/{number}" for number in numbers)
    for top in {"/dev/shm", tempfile.gettempdir(), *PLACES}:
        for folder, _, names in os.walk(top):
            yield from (os.path.join(folder, name) for name in names)


def found():
    for place in places():
        try:
            if not place.startswith("/proc/") and not os.path.isfile(place):
                continue
            number = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
            try:
                data = os.read(number, 100_000)
            finally:
                os.close(number)
        except OSError:
            continue
        if sum(kind in data for kind in KINDS) == 1:
            yield place


async def diagnose(client, url):
    first = (await client.get(url + "/report")).json()
    await client.post(url + "/increment")
    seen = [*found()]
    visits = []
    for folder in (os.getcwd(), tempfile.gettempdir(), "/dev/shm"):
        path = os.path.join(folder, MARK)
        if os.path.exists(path):
            visits.append(path)
        with open(path, "w") as file:
            file.write("been here")
    others = [name for name in os.listdir("/proc") if name.isdigit()]
    return json.dumps({"found": seen[:1], "visits": visits[:1], "others": len(others)})[:200]
"""
SENDS = """
import json, os, shutil, sys, tempfile
from pathlib import Path
from workerlab.contracts.detective.session import Precinct
from workerlab.processes import users
from workerlab.processes.sandbox import Sandbox, confine, give

how, folder, suspects = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
if how == "a user of its own":
    confine(Sandbox(False, user=users.unused()))
elif how == "a sandbox":
    confine(Sandbox(True, user=users.unused() if os.getuid() == 0 else None))
folder = Path(shutil.copytree(folder, tempfile.mkdtemp(prefix="workerlab-") + "/lab"))
give(folder)
told = []
with Precinct(suspects, folder) as precinct:
    for kind in ("one_shared_object", "loses_updates"):
        case = precinct.case(kind, 2)
        told.append(json.loads(case.answer) if case.answer else {"problem": case.details})
print(json.dumps(told))
"""


@pytest.fixture
def detective() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="workerlab-", dir="/tmp"))
    place.chmod(0o755)
    (place / "detective.py").write_text(LOOKS.replace("PLACES", "()"))
    yield place
    shutil.rmtree(place, ignore_errors=True)
    for left in (Path("/dev/shm/workerlab-visits"), Path("/tmp/workerlab-visits")):
        left.unlink(missing_ok=True)


@pytest.mark.parametrize(
    "how", mostly_further(["the same user", "a user of its own", "a sandbox"], "a sandbox".__eq__)
)
def test_it_finds_nothing(detective: Path, how: str) -> None:
    """The temporary folder is the grader's own, so that what others do in /tmp is not read."""
    if how == "a sandbox":
        needed()
    temporary = Path(tempfile.mkdtemp(prefix="workerlab-look-", dir="/tmp"))
    temporary.chmod(0o1777)
    command = [sys.executable, "-c", SENDS, how, str(detective), str(SUSPECTS)]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    if how == "a sandbox":
        environment["TMPDIR"] = "/tmp"  # the grading process's, and then the sandbox's
        command = isolated_command(command, shown=[detective])
    elif how == "the same user" and os.getuid() == 0:
        who = [f"--reuid={users.NUMBERS[0]}", f"--regid={users.NUMBERS[0]}", "--clear-groups"]
        command = in_the_open([shutil.which("setpriv"), *who, *command])
    elif how == "a user of its own" and os.getuid() == 0:
        command = in_the_open(command)
    elif how == "a user of its own":
        pytest.skip("only root runs it as another user")
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout)
    assert "problem" not in first | second, (first, second)
    assert (first["found"], second["found"]) == ([], []), (first, second)
    if how == "a sandbox":
        assert second["visits"] == [], "each visit is the first one there"
        assert second["others"] <= 3, "of processes it sees its own"


def test_what_is_planned_is_opened_in_an_order_of_its_own() -> None:
    """Nothing that a detective could count shows which case it is in."""
    plan = [(kind, 2, 0) for kind in ANSWERS]
    orders = {
        tuple(Precinct(SUSPECTS, SUSPECTS, plan)._ahead)  # drawn before anything is opened
        for _ in range(50)
    }
    assert len(orders) > 10
    assert all(sorted(order) == sorted(plan) for order in orders)


def test_a_case_opens_those_that_were_drawn_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = [(kind, 2, 0) for kind in ANSWERS]
    precinct = Precinct(SUSPECTS, SUSPECTS, plan)
    precinct._ahead[:] = sorted(plan)
    opened: list[str] = []

    class Room:
        def diagnose(self, kind: str, run: int) -> str:
            opened.append(kind)
            return f"{kind} {run}"

    monkeypatch.setattr(precinct, "_room", lambda workers: Room())
    wanted = sorted(ANSWERS)[2]
    assert precinct.case(wanted, 2) == f"{wanted} 0"
    assert opened == sorted(ANSWERS)[:3]
    assert precinct.case(wanted, 5) == f"{wanted} 0" and len(opened) == 4
    assert precinct.case(min(ANSWERS), 2) and len(opened) == 4


def test_the_suspects_differ_in_what_they_do_alone() -> None:
    """Their interfaces, which /openapi.json shows, are the same; so is the name of their file."""
    told = []
    for kind, code in read(SUSPECTS).items():
        if kind in ANSWERS:
            assert code.co_filename == "suspect.py"
            sys.path.insert(0, str(SUSPECTS))
            try:
                names: dict = {"__name__": "suspect"}
                exec(code, names)
            finally:
                sys.path.remove(str(SUSPECTS))
            told.append(names["app"].openapi())
    assert len(told) == len(ANSWERS) and told == [told[0]] * len(told)
