"""The Python of another project: workers run in it with the project's own packages.

Of workerlab they get what a worker imports and nothing else, in a folder of its own: no package of
ours can take the place of one of the project's.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from workerlab.errors import BadUsage
from workerlab.processes.pythons import python_at

PACKAGE = Path(__file__).parents[1]
WORKER_SIDE = (
    "__init__.py",
    "_lazy.py",
    "servers/__init__.py",
    "servers/boot.py",
    "servers/import_failure.py",
    "servers/libraries.py",
    "stepping/__init__.py",
    "stepping/access.py",
    "stepping/gates.py",
    "stepping/lease.py",
    "stepping/protocol.py",
    "stepping/worker",
)
OLDEST = (3, 11)
ANSWER_S = 30.0  # seconds in which it says what it has
LOOK = """
import json, sys, sysconfig
from importlib.util import find_spec
has = [name for name in ("uvicorn", "gunicorn", "uvicorn_worker") if find_spec(name)]
options, replaces = [], True
if "uvicorn" in has:
    import inspect, uvicorn
    from uvicorn.supervisors import multiprocess
    replaces = hasattr(multiprocess, "Process")  # of 0.30, which watches its workers
    options = [*inspect.signature(uvicorn.Config.__init__).parameters]
libraries = sysconfig.get_path("purelib")
version = list(sys.version_info[:3])
print(json.dumps([version, sys.implementation.name, has, options, libraries, replaces]))
"""
PLACE = """
import sys
from importlib.util import find_spec
found = find_spec(sys.argv[1])
print((found.submodule_search_locations or [found.origin])[0] if found else "")
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python, and what it has.

    has       the runners that are installed in it
    options   the settings that its uvicorn knows
    libraries where its packages are
    replaces  whether its uvicorn starts a new worker in the place of one that has died
    """

    path: Path
    version: tuple[int, ...]
    has: tuple[str, ...]
    options: frozenset[str]
    libraries: Path
    replaces: bool

    @classmethod
    def of(cls, place: str | Path | Interpreter) -> Interpreter:
        """The interpreter at a path, or of the virtual environment there. Raises BadUsage."""
        if isinstance(place, Interpreter):
            return place
        path = python_at(place)
        if not os.access(path, os.X_OK):
            advice = "name the project's interpreter, such as .venv/bin/python, or its .venv"
            raise BadUsage(f"there is no Python at {place}", advice)
        try:
            said = subprocess.run(
                [path, "-c", LOOK], capture_output=True, text=True, timeout=ANSWER_S, check=True
            ).stdout
            version, kind, has, options, libraries, replaces = json.loads(
                said.strip().splitlines()[-1]
            )
        except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
            raise BadUsage(f"{place} does not run as a Python", "name an interpreter") from error
        name = f"{kind} {'.'.join(map(str, version))}"
        if kind != "cpython" or tuple(version) < OLDEST:
            raise BadUsage(f"{place} is {name}", "workers run on CPython 3.11 or later")
        if "uvicorn" not in has:
            advice = f"install it there: {path} -m pip install uvicorn"
            raise BadUsage(f"the Python at {place} has no uvicorn to serve the app with", advice)
        return cls(path, tuple(version), tuple(has), frozenset(options), Path(libraries), replaces)

    def place_of(self, package: str) -> str:
        """Where a package's lines are: its folder, or its one file; "" for none."""
        try:
            said = subprocess.run(
                [self.path, "-c", PLACE, package],
                capture_output=True, text=True, timeout=ANSWER_S, check=False,
            ).stdout  # fmt: skip
        except (OSError, subprocess.SubprocessError):
            return ""
        return said.strip()

    def must_have(self, runner: str) -> None:
        """Raises BadUsage when a runner is not installed in it."""
        needed = ("gunicorn", "uvicorn_worker") if runner in ("gunicorn", "preload") else ()
        for name in needed:
            if name not in self.has:
                raise BadUsage(f"the Python at {self.path} has no {name}", "use runner='uvicorn'")


def put_worker_side(folder: Path) -> None:
    """Copy what a worker imports of workerlab into a folder, for its path."""
    for name in WORKER_SIDE:
        source, target = PACKAGE / name, folder / PACKAGE.name / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
