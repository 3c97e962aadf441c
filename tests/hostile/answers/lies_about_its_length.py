"""Promises more than comes, sends more than it promised, and sends two answers for one question.

Deserves: as wrong
"""

import asyncio
import itertools

from plain import app

ANSWERS = itertools.cycle(
    [
        b'HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n{"count": 1}',
        b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\nContent-Length: 5\r\n\r\n{"count": 1}',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
        b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"count": 1}' * 1000,
        b"HTTP/1.1 204 No Content\r\nContent-Length: 12\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
    ]
)


class raw:
    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if scope["type"] != "http" or transport is None:
            return await self.app(scope, receive, send)
        transport.write(next(ANSWERS))
        await asyncio.sleep(0.5)
        transport.close()


app.add_middleware(raw)
