"""Answers with a megabyte of headers, each of them once more.

Deserves: as wrong
"""

from plain import app

MANY = [(f"x-more-{number}".encode(), b"y" * 1000) for number in range(1000)]


class pile:
    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        async def changed(message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*MANY, *message.get("headers", ()), *MANY]
            await send(message)

        await self.app(scope, receive, changed)


app.add_middleware(pile)
