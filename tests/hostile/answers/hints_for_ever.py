"""Says "103 Early Hints", and "100 Continue", without an end, before any answer (until 60 s).

Deserves: as wrong
"""

import asyncio
import time

from plain import app


class raw:
    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if scope["type"] != "http" or transport is None:
            return await self.app(scope, receive, send)
        until = time.monotonic() + 60
        while time.monotonic() < until and not transport.is_closing():
            transport.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100)
            transport.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
            await asyncio.sleep(0.01)
        transport.close()


app.add_middleware(raw)
