"""Sends the header of a worker's number many times, with others' numbers and with no numbers.

Deserves: as wrong
"""

import os

from plain import app

LIES = [b"1", str(os.getppid()).encode(), b"-1", b"", b"0x7", b"9" * 5000, b"\xff", b"\xd9\xa3"]


class lie:
    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        async def changed(message) -> None:
            if message["type"] == "http.response.start":
                lies = [(b"x-worker-pid", lie) for lie in LIES]
                message["headers"] = [*lies, *message.get("headers", ()), *lies]
            await send(message)

        await self.app(scope, receive, changed)


app.add_middleware(lie)
