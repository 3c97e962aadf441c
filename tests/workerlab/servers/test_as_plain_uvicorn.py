"""A worker of ours looks from inside as one of `uvicorn --workers N` does, wherever it is graded.

The app `mirror/app.py` reports how its worker looks. What differs from plain uvicorn stands in a
list here, each with its reason; all else must be the same. A difference that is gone has to leave
the list, too.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sandboxes import in_grading_process, needed

from workerlab.grading.batch.isolation import sandbox_order
from workerlab.grading.manifest import root

MIRROR = Path(__file__).with_name("mirror")
KEPT = ("PATH", "HOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "WORKERLAB_HOME")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are warm on Linux alone")

EVERYWHERE = {
    "arguments": "the app is behind workerlab's own module, which names the worker in each response",
    "modules before the app": "warm workers have the libraries that the app itself names",
    "loggers: uvicorn.access": "one line for each request would fill the log that a student reads",
    "environment: PYTHONUNBUFFERED": "what an app prints must be in its log at once",
    "environment: TMPDIR": "what an app leaves there is removed",
    "environment: WORKERLAB_APP": "tells workerlab's own module which app to load",
    "environment: WORKERLAB_FOLDER": "where workerlab's own module reports a failed start",
}
STEPPED = {
    **EVERYWHERE,
    "loop": "uvloop sends by sockets of its own, and what is sent must be seen",
}
if sys.version_info >= (3, 12):
    STEPPED["monitoring"] = "the stepping engine holds requests by way of it"
LIMIT = "the same for all submissions: SECURITY.md names it"
SANDBOXED = {
    **EVERYWHERE,
    "limits: RLIMIT_CORE": LIMIT,
    "limits: RLIMIT_DATA": LIMIT,
    "limits: RLIMIT_FSIZE": LIMIT,
    "limits: RLIMIT_NOFILE": LIMIT,
    "limits: RLIMIT_OFILE": "an old name of RLIMIT_NOFILE",
    "limits: RLIMIT_NPROC": LIMIT,
    "root folder": "the sandbox shows the system and Python, and no home folder",
    "status: CapBnd": "no submission has a power",
    "status: CapEff": "no submission has a power",
    "status: Gid": "each submission has a user of its own",
    "status: NoNewPrivs": "no submission may get a power",
    "status: Seccomp": "calls to the system that no web app needs are refused",
    "status: Uid": "each submission has a user of its own",
}
# What differs from one worker or one start to another: how many values it has among the workers
# of one start (all that are there, or one), and whether a restart changes all of them.
ONE, EACH = "one", "each"
ALONE = {
    "pid": (EACH, True),
    "parent": (ONE, True),
    "parent by name": (ONE, True),
    "start of the parent": (ONE, True),
    "environment of the parent": (ONE, False),
    "group": (ONE, True),
    "session": (ONE, True),
    "key": (ONE, True),
    "name": (EACH, False),
    "random number": (EACH, True),
    "printed to": (ONE, False),
    "secret of hashes": (EACH, True),
    "main thread": (EACH, True),
    "listening socket": (ONE, True),
}
ALONE_REASONS = {
    "secret of hashes": "one worker is a new Python, and the others are forked: two values in all",
    "main thread": "as with the secret of hashes",
    "listening socket": (
        "the grader keeps it over a restart, and with it the port; so does a service manager "
        "that listens for its services"
    ),
}

Reports = list[list[dict[str, Any]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("mirror")
    shutil.copytree(MIRROR, place, dirs_exist_ok=True)
    return place


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """Not that of the machine that tests, which may set anything."""
    return {**{k: os.environ[k] for k in KEPT if k in os.environ}, "WORKERLAB_HOME": str(root())}


@pytest.fixture(scope="module")
def plain(folder: Path, environment: dict[str, str]) -> Reports:
    return reports("plain", folder, environment)


def reports(
    way: str, folder: Path, environment: dict[str, str], *, before: tuple[str, ...] = ()
) -> Reports:
    words = [*before, sys.executable, str(folder / "ways.py"), way, str(folder)]
    if way.endswith("sandboxed"):
        needed()
        words.append(json.dumps(sandbox_order()))
        told = in_grading_process(
            words, source=folder, lab="lab07_sqlite", env=environment, seconds=300
        )
        return json.loads(told)
    done = subprocess.run(
        words, env=environment, capture_output=True, text=True, timeout=300, cwd="/"
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def parts(same: dict[str, Any]) -> dict[str, Any]:
    """Each value that is looked at for itself."""
    found = {}
    for name, value in same.items():
        if name in ("limits", "status"):
            found |= {f"{name}: {key}": each for key, each in value.items()}
        elif name == "loggers":
            found |= {f"{name}: {key}": rest for key, *rest in value}
        elif name == "environment":
            found |= {f"{name}: {key}": True for key in value}
        else:
            found[name] = value
    return found


def differences(plain: Reports, ours: Reports) -> set[str]:
    right = parts(plain[0][0]["same"])
    found = set()
    for report in (report for start in ours for report in start):
        seen = parts(report["same"])
        found |= {key for key in seen.keys() | right.keys() if seen.get(key) != right.get(key)}
    return found


def forms(reports: Reports) -> dict[str, tuple[str, bool]]:
    """In the form of `ALONE`."""
    starts = [[report["alone"] for report in start] for start in reports]
    for start in starts:
        shared = set.intersection(*(set(report["sockets"]) for report in start))
        for report in start:
            report["listening socket"] = min(shared)
    found = {}
    for key in ALONE:
        before, after = ([report[key] for report in start] for start in starts)
        count = len(set(before))
        how = ONE if count == 1 else EACH if count == len(before) else f"{count}"
        found[key] = (how, not set(before) & set(after))
    return found


def unlike(forms: dict[str, tuple[str, bool]]) -> set[str]:
    return {key for key, form in ALONE.items() if forms[key] != form}


@pytest.fixture(
    params=[
        *("warm", "stepped", "forked", "forked and stepped", "forked and sandboxed"),
        pytest.param("sandboxed", marks=pytest.mark.nightly),
    ]
)
def way(request: pytest.FixtureRequest) -> str:
    return request.param


def test_what_an_app_sees_is_what_it_sees_under_plain_uvicorn(
    way: str, plain: Reports, folder: Path, environment: dict[str, str]
) -> None:
    ours = reports(way, folder, environment)
    expected = {"stepped": STEPPED, "sandboxed": SANDBOXED}.get(
        way.rsplit(maxsplit=1)[-1], EVERYWHERE
    )
    assert differences(plain, ours) == expected.keys()
    assert unlike(forms(plain)) == set()
    found = forms(ours)
    assert unlike(found) == ALONE_REASONS.keys()
    assert found["secret of hashes"] == ("2", not way.startswith("forked"))


@pytest.mark.parametrize("way", ["one", "forked one"])
def test_a_single_worker_has_a_parent_of_its_own_too(
    way: str, folder: Path, environment: dict[str, str], plain: Reports
) -> None:
    one = reports(way, folder, environment)
    assert differences(plain, one) == EVERYWHERE.keys()
    before, after = (start[0]["alone"] for start in one)
    for key in ("parent", "start of the parent", "group", "session", "key"):
        assert before[key] != after[key], key
    assert (before["secret of hashes"] == after["secret of hashes"]) is (way == "forked one")
    assert before["parent"] == before["parent by name"]


def test_under_nohup_it_is_the_same(folder: Path, environment: dict[str, str]) -> None:
    """A signal that is ignored where the grader starts, as a build's runner may do it."""
    plain, ours = (
        reports(way, folder, environment, before=("nohup",)) for way in ("plain", "forked")
    )
    assert differences(plain, ours) == EVERYWHERE.keys()
