"""Stores and files that the reader's environment names: a search must not write to them unasked."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterator
from pathlib import Path

from dotenv import dotenv_values

from workerlab.errors import BadUsage
from workerlab.processes.app_folder import SETTINGS, settings_above, texts

KINDS = {
    "postgres": "PostgreSQL", "postgresql": "PostgreSQL", "redis": "Redis", "rediss": "Redis",
    "valkey": "Redis", "mysql": "MySQL", "mariadb": "MySQL", "mongodb": "MongoDB",
    "memcached": "Memcached", "amqp": "RabbitMQ",
}  # fmt: skip
OURS = {"PostgreSQL": "postgres", "Redis": "redis", "Memcached": "memcached", "MySQL": "mariadb"}
ENVIRONMENT = "the environment"
USUAL_PORTS = {5432, 6379, 3306, 27017, 11211, 5672}
_URL = re.compile(
    rf"(?P<kind>{'|'.join(KINDS)})s?(?:\+\w+)?://(?:[^@/\s]*@)?(?P<place>[^/?\s]+)", re.IGNORECASE
)
_FILE = re.compile(r"(?:sqlite(?:\+\w+)?:///)?(/[^?]+)(?:\?.*)?", re.IGNORECASE)


def must_name_none(root: Path, given: Container[str]) -> dict[str, str]:
    """Raises BadUsage for a setting that leads the app at `root` to a store, unless it was `given`.

    A server of this machine at a port of its own, named in the environment, was started for a
    purpose: it may be used. Returns such settings.
    """
    used = {}
    for name, value, where in _settings(root):
        found = _URL.match(value)
        if not found or name in given:
            continue
        if where == ENVIRONMENT and _is_at_a_port_of_its_own(found["place"]):
            used[name] = value
            continue
        kind = KINDS[found["kind"].lower()]
        start = f"start one for it (--with {OURS[kind]})" if kind in OURS else "name another"
        raise BadUsage(
            f"{name} in {where} leads to {kind} at {found['place']}, and a search would write to it",
            f"{start}, or give --in-place if that one may be used",
        )
    return used


def _is_at_a_port_of_its_own(place: str) -> bool:
    host, _, port = place.rpartition(":")
    here = host in ("localhost", "[::1]") or host.startswith("127.")
    return here and port.isdigit() and int(port) not in USUAL_PORTS


def files_named(root: Path, given: Container[str]) -> Iterator[tuple[str, str, Path]]:
    """Settings that lead the app to a file outside of its folder: name, value, and the file.

    None of those that were `given`: these may be used as they are.
    """
    for name, value, _ in _settings(root):
        path = _data_file(value)
        if path and name not in given and not path.resolve().is_relative_to(root):
            yield name, value, path


def _data_file(value: str) -> Path | None:
    """The file that a setting names, by its path or as a database of SQLite; no program."""
    found = _FILE.fullmatch(value)
    path = Path(found[1]) if found else None
    return path if path and path.is_file() and not os.access(path, os.X_OK) else None


def _settings(root: Path) -> Iterator[tuple[str, str, str]]:
    """Settings that the app may read: name, value, and where it is."""
    files = [root / SETTINGS, settings_above(root)]
    for file in files:
        if file and file.is_file():
            for name, value in dotenv_values(file, interpolate=False).items():
                if name not in os.environ:
                    yield name, value or "", str(file.name)
    likely = {
        name: value for name, value in os.environ.items() if _URL.match(value) or _data_file(value)
    }
    if likely:
        said = "\n".join(text for _, text in texts(root)).lower()
        for name, value in likely.items():
            if re.search(rf"\b{re.escape(name.lower())}\b", said):
                yield name, value, ENVIRONMENT
