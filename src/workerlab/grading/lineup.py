"""One server that plays every suspect of lab 01: the app that the detective is sent to.

Starting five workers takes seconds, so the workers stay and the suspects change. The grader
writes a new session into a file; each worker looks there at every request, and when the
session is new, it imports the named suspect afresh. Requests are counted here, on the server's
side, one byte of a file for each.

The kernel does not deal out connections evenly, and that is part of the lab; but left alone it
may also starve a worker for a whole session, or deal so evenly that two wrong counts agree. So
the first worker is quicker and rests less often than the others: each gets its share, and the
shares differ.
"""

import asyncio
import os
import random
import sys
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

FOLDER = Path(os.environ["LINEUP_FOLDER"])  # sessions, counts, and the suspects' files
SUSPECTS = Path(os.environ["LINEUP_SUSPECTS"])
QUICK_S, SLOW_S = 0.001, 0.003  # seconds of work for one request, of the first and the others
REST_S = 0.004  # seconds without taking a new connection
RESTS = {True: 0.2, False: 0.5}  # how often a worker rests after an answer: the first, the others


def is_first() -> bool:
    """True in that worker of this server that asks first; it leaves its pid for the grader."""
    draft = FOLDER / f"worker-{os.getpid()}"
    draft.write_text(str(os.getpid()))
    try:
        os.link(draft, FOLDER / "first")
    except FileExistsError:
        return False
    return True


class Lineup:
    """An ASGI app that hands each request to the suspect of the current session."""

    def __init__(self) -> None:
        sys.path.insert(0, str(SUSPECTS))
        import shared

        self.shared = shared
        self.first = is_first()
        self.session = self.suspect = None

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            return await self._lifespan(receive, send)
        self._follow_the_session()
        with open(f"{self.folder}.requests", "ab", buffering=0) as counted:
            counted.write(b".")
            asked = counted.tell()
        fair = asked > self.run  # before that, the first worker is to answer all
        self.shared.WORK_S = (QUICK_S if self.first else SLOW_S) if fair else 0
        await self.suspect(scope, receive, send)
        if fair and self.workers > 1 and self.dice.random() < RESTS[self.first]:
            asyncio.get_running_loop().call_later(0.0005, time.sleep, REST_S)

    def _follow_the_session(self) -> None:
        session = (FOLDER / "session").read_text()
        if session == self.session:
            return
        self.session = session
        number, kind, workers, run = session.split()
        self.workers, self.run = int(workers), int(run)
        self.folder = FOLDER / number
        self.dice = random.Random(f"{number} {self.first}")
        os.environ["SUSPECT_FOLDER"] = str(self.folder)
        spec = spec_from_file_location("suspect", SUSPECTS / f"{kind}.py")
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        self.suspect = module.app

    async def _lifespan(self, receive, send) -> None:
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})


app = Lineup()
