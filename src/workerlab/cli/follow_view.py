"""Print the log of a server, as it comes."""

from __future__ import annotations

import time
from contextlib import ExitStack

from workerlab.cli.screen import Screen
from workerlab.errors import NotReady
from workerlab.servers import Server
from workerlab.servers.readiness import PROBE

LOOK_S = 0.1  # seconds between two looks at the log
LONGEST = 100_000  # bytes printed at a time; of a flood, only its end


def follow(screen: Screen, server: Server) -> None:
    """Print new lines of the log until interrupted. Raises NotReady when the server has ended."""
    with ExitStack() as stack:
        files = [stack.enter_context(path.open(errors="replace")) for path in server.log_files]
        while True:
            said = [line for file in files for line in file.read()[-LONGEST:].splitlines()]
            for line in said:
                if PROBE not in line:
                    screen.say(line, indent=2)
            if not server.tree():
                raise NotReady("the server has ended by itself", "its last lines are above")
            time.sleep(LOOK_S)
