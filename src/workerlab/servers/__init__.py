"""Real workers for an app file: started, met one by one, killed, restarted, and all gone after."""

from typing import TYPE_CHECKING

from workerlab._lazy import lazy

if TYPE_CHECKING:
    from workerlab.servers.server import Server, serve

__all__ = ["Server", "serve"]
__getattr__ = lazy(
    __name__,
    {
        "Server": "workerlab.servers.server",
        "serve": "workerlab.servers.server",
    },
)
