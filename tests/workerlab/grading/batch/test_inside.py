"""What a submission finds in its sandbox, beside its stores: asked from inside."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from threading import Event

import pytest
from sandboxes import needed

from workerlab.grading.batch import isolation
from workerlab.grading.batch.book import Planned
from workerlab.grading.batch.grading import GradingProcess, Job
from workerlab.processes import syscalls
from workerlab.processes.sandbox import links_to_python, python

LAB = "lab50_small"
HERE = Path(__file__).parent
CHECKS = """
import json, os, sys, time
from pathlib import Path
from workerlab.grading import check
from workerlab.grading.api import CheckFailed
from workerlab.grading.staging import private_services
from workerlab.processes.tree import descendants, name_of
from workerlab.processes.child import Child


def trees(pid):
    return [one for one in (pid, *descendants(pid)) if name_of(one) != "bwrap"]


def spaces(pids):
    return {pid: {name: os.readlink(f"/proc/{pid}/ns/{name}") for name in ("mnt", "pid", "net")}
            for pid in pids}


@check("starts", title="It starts", points=1, quick=True, hints=("one?", "two", "three"))
def test_starts(submission, lab):
    with private_services(lab) as private:
        child = Child(in_sandbox=True)
        stores = [pid for store in private.pids for pid in trees(store)]
        asked = json.dumps({"stores": stores, "grader": os.getpid()})
        probe = [sys.executable, str(submission / "app.py"), asked]
        child.open(probe, env={**os.environ, **private.env})
        child.start()
        while child.inner_pid == child.pid and child.poll() is None:
            time.sleep(0.005)  # until bubblewrap has made the probe of itself
        theirs = trees(child.pid) if child.pid else []
        found = {"submission": spaces(theirs), "stores": spaces(stores), "grader": spaces([os.getpid()])}
        while child.poll() is None:
            time.sleep(0.005)
        child.close()
    told = {"found": found, "log": child.log}
    Path(os.environ["WORKERLAB_CELL_FOLDER"], "told.json").write_text(json.dumps(told))
    raise CheckFailed("see what it told")
"""
SPINS = """
import asyncio, os, threading
import asyncpg, redis

def spin():
    try:
        redis.Redis.from_url(os.environ["REDIS_URL"]).eval("while true do end", 0)
    except redis.RedisError:
        pass

threading.Thread(target=spin).start()

async def swell():
    while True:
        try:
            session = await asyncpg.connect(os.environ["DATABASE_URL"])
            await session.execute("SET work_mem = '2000MB'")
            rows = "generate_series(1, 900000) n"
            await session.execute(f"SELECT array_agg(repeat('x', 1000) || n) FROM {rows}")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.sleep(0.05)

asyncio.run(swell())
"""


def grading_process_of(repository: Path, tmp_path: Path, app: str, budget: float) -> GradingProcess:
    toml = repository / "labs" / LAB / "lab.toml"
    toml.write_text(toml.read_text() + 'services = ["redis", "postgres", "memcached"]\n')
    (repository / "tests" / "labs" / f"test_{LAB}.py").write_text(CHECKS)
    source = tmp_path / "handed-in" / "ada"
    (source / LAB).mkdir(parents=True)
    (source / LAB / "app.py").write_text(app)
    job = Job("ada", source, LAB, (Planned("starts", "It starts", 1.0),))
    return GradingProcess(job, seed=1, budget=budget, stop=Event())


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder outside that the grading process may write."""
    needed()
    folder = tmp_path / "told"
    folder.mkdir()
    monkeypatch.setenv(isolation.WRITABLE, str(folder))
    return folder


def mask(powers: str) -> int:
    return int(powers, 16)


# The numbers of linux/capability.h, for the names in isolation.POWERS.
NUMBERS = {
    "chown": 0, "dac_override": 1, "fowner": 3, "kill": 5, "setgid": 6, "setuid": 7, "setpcap": 8,
    "net_admin": 12, "sys_chroot": 18, "sys_ptrace": 19, "sys_admin": 21,
}  # fmt: skip


def test_the_walls_hold_when_they_are_tried_from_inside(
    repository: Path, tmp_path: Path, place: Path
) -> None:
    results: list = []
    app = (HERE / "probe.py").read_text()
    grading_process_of(repository, tmp_path, app, budget=120.0).run(
        results.append, lambda check: None
    )
    assert (place / "told.json").exists(), results
    told = json.loads((place / "told.json").read_text())
    assert "{" in told["log"], told
    seen = json.loads(told["log"][told["log"].index("{") :])
    walls_of_each_process(told["found"], seen["processes"])
    assert {name: answer for name, answer in seen["tried"].items() if answer == "done"} == {}
    ways = [str(place) + "/" for place in (*python(), *links_to_python())]
    for home in seen["homes"]:
        assert any(way.startswith(f"{home}/") for way in ways), "only the way to Python"
    assert seen["control"] == "done", "what an honest app does is still possible"
    assert 100 <= seen["keys of 1 MB"] <= 269, "Redis refuses what is more than maxmemory"


def walls_of_each_process(found: dict, processes: dict[str, dict]) -> None:
    """Every process that the submission sees has what it needs, and no more."""
    (theirs,), stores, (grader,) = (
        found["submission"].values(), found["stores"].values(), found["grader"].values(),
    )  # fmt: skip
    powers = sum(1 << NUMBERS[name] for name in isolation.POWERS) if os.getuid() == 0 else 0
    confined = {*found["submission"], *found["stores"]}
    assert len(found["stores"]) >= 8, "PostgreSQL alone is half a dozen"
    for pid in confined & processes.keys():
        one = processes[pid]
        assert mask(one["CapEff"]) == mask(one["CapPrm"]) == mask(one["CapBnd"]) == 0, one
        assert (one["NoNewPrivs"], one["Seccomp"]) == ("1", "2" if syscalls.known() else "0"), one
    for pid in processes.keys() - confined:
        assert mask(processes[pid]["CapEff"]) & ~powers == 0, processes[pid]
    users = {processes[pid]["Uid"].split()[0] for pid in found["submission"]}
    if os.getuid() == 0:
        keepers = {processes[pid]["Uid"].split()[0] for pid in found["stores"] if pid in processes}
        (user,), (keeper,) = users, keepers
        assert int(keeper) == int(user) + 1 and int(user) >= isolation.USERS[0]
    for store in stores:
        assert theirs["mnt"] != store["mnt"] and theirs["pid"] != store["pid"]
        assert grader["mnt"] != store["mnt"]
    assert theirs["mnt"] != grader["mnt"]
    outside = os.readlink("/proc/self/ns/net")
    assert outside not in {one["net"] for one in (theirs, grader, *stores)}


@pytest.mark.further
def test_stores_that_spin_and_swell_do_not_hold_up_the_row(
    repository: Path, tmp_path: Path, place: Path
) -> None:
    results: list = []
    process = grading_process_of(repository, tmp_path, SPINS, budget=8.0)
    began = time.monotonic()
    process.run(results.append, lambda check: None)
    assert time.monotonic() - began < 10.0
    [result] = results
    assert result.points == 0.0
