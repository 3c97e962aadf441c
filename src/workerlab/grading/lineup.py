"""One server that plays every suspect of lab 01: the app that the detective is sent to.

Starting five workers takes seconds, so the workers stay and the suspects change. The grader
writes a new session into a file; each worker looks there at every request, and when the
session is new, it imports the named suspect afresh. Requests are counted here, on the server's
side, one byte of a file for each. The server runs in the suspects' folder.
"""

import os
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

FOLDER = Path(os.environ["LINEUP_FOLDER"])  # the session, and for each a count and a number


class Lineup:
    """An ASGI app that hands each request to the suspect of the current session."""

    def __init__(self) -> None:
        self.session = self.suspect = None

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            return await self._lifespan(receive, send)
        self._follow_the_session()
        self._count()
        await self.suspect(scope, receive, send)

    def _count(self) -> None:
        with open(self.counted, "ab", buffering=0) as counted:  # whole, whoever else appends
            counted.write(b".")

    def _follow_the_session(self) -> None:
        session = (FOLDER / "session").read_text()
        if session == self.session:
            return
        number, kind = session.split()
        self.counted = FOLDER / f"{number}.requests"
        os.environ["SUSPECT_FILE"] = str(FOLDER / f"{number}.number")
        spec = spec_from_file_location("suspect", Path.cwd() / f"{kind}.py")
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        self.session, self.suspect = session, module.app

    async def _lifespan(self, receive, send) -> None:
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})


app = Lineup()
