"""One server that plays every suspect of lab 01: the app that the detective is sent to.

Starting five workers takes seconds, so the workers stay and the suspects change. The grader
writes the suspect to play into a file without a name that the workers have inherited; each worker
reads it at every request, and when that has changed, it becomes the named suspect afresh. Requests
are counted here, on the server's side, one byte of another such file for each.

The detective must not be able to look the suspect up. So the files have no name; other processes
of our user cannot see what these processes have open; every suspect is read before the first one
is played, so that no file is opened at a change; and errors are not reported.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING

from workerlab.contracts.detective.nameless import path_of
from workerlab.processes.tree import PR_SET_DUMPABLE, process_control

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

LONGEST = 200  # bytes that the grader writes at most
NAME = "suspect"  # of every suspect's module


class Lineup:
    """An ASGI app that hands each request to the suspect of the current session.

    files      descriptors of the files with the session, the count, and the number of the suspects
    suspects   the code of each kind of suspect
    """

    def __init__(self, files: list[int], suspects: dict[str, CodeType]) -> None:
        self.session_file, self.counted, number = files
        os.environ["SUSPECT_FILE"] = path_of(number)
        self.suspects = suspects
        self.session = b""
        self.suspect: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._lifespan(receive, send)
        self._follow_the_session()
        os.write(self.counted, b".")  # at its end, whatever other processes write
        try:
            assert self.suspect is not None  # the grader has named one before the first request
            await self.suspect(scope, receive, send)
        except Exception:  # noqa: BLE001, S110 (a traceback in the log would tell the kind)
            pass

    def _follow_the_session(self) -> None:
        session = os.pread(self.session_file, LONGEST, 0)
        if session != self.session:
            _, kind = session.decode().split()
            module = ModuleType(NAME)
            exec(self.suspects[kind], module.__dict__)  # noqa: S102 (the lab's own files)
            self.session, self.suspect = session, module.app
            gc.collect()  # the suspect before closes its file now, which ends all locks

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})


def read(folder: Path) -> dict[str, CodeType]:
    """Every suspect in a folder, by its kind."""
    return {
        path.stem: compile(path.read_bytes(), f"{NAME}.py", "exec")
        for path in sorted(folder.glob("*.py"))
    }


def line_up() -> Lineup:
    """The app for the descriptors that LINEUP_FILES names, with the suspects of this folder."""
    process_control(PR_SET_DUMPABLE, 0)
    return Lineup([int(word) for word in os.environ["LINEUP_FILES"].split()], read(Path.cwd()))


app = line_up() if "LINEUP_FILES" in os.environ else None
