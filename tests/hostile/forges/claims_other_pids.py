"""Says that it is another process: its parents, in turn, so that the grader ends its own.

Deserves: as wrong
"""

import itertools
import os
from pathlib import Path

from plain import app


def above() -> list[int]:
    found, pid = [], os.getppid()
    try:
        while pid > 0:
            found.append(pid)
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        pass
    return found


PIDS = itertools.cycle([*above(), -1, 0, 1, 2**31, 2**70])


class claim:
    """Puts its own number in the place of the worker's, wherever that is told."""

    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        async def changed(message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *(
                        one
                        for one in message.get("headers", ())
                        if one[0].lower() != b"x-worker-pid"
                    ),
                    (b"x-worker-pid", str(next(PIDS)).encode()),
                ]
            await send(message)

        await self.app(scope, receive, changed)


app.add_middleware(claim)
