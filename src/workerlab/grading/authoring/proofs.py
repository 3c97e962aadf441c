"""Runs that held, kept: a proof runs again only the runs whose inputs have changed.

A run is identified by its inputs: the submission, the lab, its checks, its options, and the
harness, which is every module that the checks can import, the packages in which workers and
stores live, and the versions of the installed packages. Only runs that hold are kept.
"""

from __future__ import annotations

import ast
import hashlib
import json
import platform
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from workerlab.grading.manifest import Manifest

PACKAGE = Path(__file__).parents[2]
FIRST = ("workerlab.grading.plugin", "workerlab.grading.authoring.one_run")
WHOLE = ("processes", "network", "services", "servers", "models", "linearizability", "stepping")
LEFT_OUT = {"__pycache__", ".pytest_cache"}


@dataclass(frozen=True)
class Kept:
    """A run that held: its finding, and its duration in seconds."""

    found: str
    duration_s: float


class Proofs:
    """The file in which they are kept, one line of JSON each; the latest with a key counts.

    A file that cannot be read or written keeps nothing, and costs only time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, Kept] = {}
        for line in _lines(path):
            try:
                data = json.loads(line)
                self._known[data["key"]] = Kept(str(data["found"]), float(data["duration_s"]))
            except (ValueError, KeyError, TypeError):
                continue  # half a line, of a proof that was killed

    def get(self, key: str) -> Kept | None:
        """The run with this key, if it held."""
        return self._known.get(key)

    def put(self, key: str, kept: Kept) -> None:
        """Remember a run that held."""
        self._known[key] = kept
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, **asdict(kept)}) + "\n")
        except OSError:
            pass


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []


def key_of(lab: Manifest, submission: Path, asked: Iterable[str]) -> str:
    """The inputs of a run of this submission, as one number in hexadecimal.

    asked   further inputs: its kind, and its checks
    """
    digest = hashlib.sha256(harness(lab.tests).encode())
    for text in asked:
        digest.update(f"{text}\0".encode())
    for folder in (lab.folder, submission):
        _take_in(digest, _files(folder), folder)
    return digest.hexdigest()


@cache
def harness(checks: Path) -> str:
    """The same for the checks, the modules behind them and the installed packages."""
    digest = hashlib.sha256(f"{platform.platform()} {platform.python_version()}".encode())
    for name, version in sorted((each.name, each.version) for each in distributions()):
        digest.update(f"{name} {version}\0".encode())
    whole = [file for room in WHOLE for file in (PACKAGE / room).rglob("*.py")]
    _take_in(digest, sorted({*whole, *behind(checks)}), PACKAGE)
    _take_in(digest, [checks], checks.parent)
    return digest.hexdigest()


def behind(checks: Path) -> set[Path]:
    """The files of our modules that the checks name, and those that these name, and so on."""
    found: set[Path] = set()
    waiting = [checks, *filter(None, map(_file_of, FIRST))]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        if file != PACKAGE / "__init__.py":  # it names everything, and loads it when asked
            waiting += filter(None, map(_file_of, _named_in(file)))
    return found - {checks}


def _named_in(file: Path) -> Iterator[str]:
    """The modules of ours that a file imports or names in quotes; too many rather than too few."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            quoted = node.value.partition(":")[0]
            if re.fullmatch(r"workerlab(\.\w+)+", quoted):
                yield quoted


def _file_of(module: str) -> Path | None:
    top, *rest = module.split(".")
    if top != "workerlab":
        return None
    place = PACKAGE.joinpath(*rest)
    return next(
        (file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None
    )


def _files(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.rglob("*")
        if file.is_file() and not LEFT_OUT & {*file.relative_to(folder).parts}
    )


def _take_in(digest: hashlib._Hash, files: Iterable[Path], folder: Path) -> None:
    for file in files:
        place = file.relative_to(folder) if file.is_relative_to(folder) else file
        digest.update(f"{place}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
