"""Answers what is no HTTP: a head without end, 30 MB of it, and then a length that is no number.

Deserves: as wrong
"""

import asyncio

from plain import app


class raw:
    """Writes on the connection itself."""

    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        transport = getattr(send, "__self__", None)
        transport = getattr(transport, "transport", None)
        if transport is not None:
            for _ in range(300):
                transport.write(b"HTTP/1.1 200 OK\r\nX-More: " + b"x" * 100_000)
                await asyncio.sleep(0)
            transport.write(b"\r\nContent-Length: many\r\n\r\n{}")
            transport.close()


app.add_middleware(raw)
