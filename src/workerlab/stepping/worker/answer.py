"""The response of an app to one request, and what is raised when it is there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

SERVER = "uvicorn.error"  # the logger in which uvicorn tells of an app that raises


class Answer:
    """Passes a response on, and knows when all of it has been sent.

    An app may raise after that, in a background task. uvicorn logs it and hangs up, which the client
    sees at its next request at the earliest: whether that one is lost would be luck.
    """

    def __init__(self, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self._send = send
        self.complete = False

    async def send(self, message: dict[str, Any]) -> None:
        ends = message["type"] == "http.response.body" and not message.get("more_body")
        await self._send(message)
        self.complete = self.complete or ends

    def log(self, error: Exception) -> None:
        """Tell of it as uvicorn does; the connection is kept."""
        logging.getLogger(SERVER).error("Exception in ASGI application\n", exc_info=error)
