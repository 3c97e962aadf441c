"""The protocol of worker and conductor: lines of tab-separated text.

worker → conductor   task  NAME PID
                     gate  THREAD OFFSET LINE KIND FUNCTION FILE [DETAILS as JSON] TOUCHED
                     resume  the same, of a coroutine that is held before it resumes
                     pass  the same, of a step between two awaits, at which no task is held
                     done  TOUCHED [DETAILS]
                     TOUCHED tells of the step that ends there, as JSON: {"accesses": [[mode,
                     place, thing], …], "caveats": [text, …], "leases": [[place, address,
                     database, key, seconds, login, sure, outside], …]} (see `worker.footprint`)
conductor → worker   one byte: GO (take one step) or FREE (run on, never ask again);
                     EXPLAIN before the first GO of a worker that starts (send values)
"""

import os
import socket
import sys

TASK_HEADER = "x-workerlab-task"
"""Names the task that a request belongs to; requests without it run free."""

MODE_HEADER = "x-workerlab-mode"
"""Words of: `loop` (hold coroutines at awaits, never the event loop), `explain` (send values),
`free` (hold no request, report only the end)."""

START_DOOR = "-start"
"""Behind the conductor's path: where a worker reports that starts, if a schedule needs one."""

STARTS = "start"
"""The kind of a worker's first gate, before its first line."""

GO = b"g"
FREE = b"f"
EXPLAIN = b"x"

LONGEST_LINE = 65536


def encode(*fields: object) -> bytes:
    """One message."""
    return ("\t".join(map(str, fields)) + "\n").encode()


def decode(line: bytes) -> list[str]:
    """The fields of one message."""
    return line.decode().rstrip("\n").split("\t")


def own_path(name: str) -> str:
    """Where to listen under this name: Linux's abstract namespace leaves no file behind, however
    its owner ends; elsewhere it is a file in /tmp, which `forget` removes."""
    return f"@{name}" if sys.platform == "linux" else f"/tmp/{name}"


def forget(path: str) -> None:
    """Remove the path, at which no process listens any more."""
    if not path.startswith("@"):
        os.unlink(path)


def address(path: str) -> str:
    """The socket address of a path; "@name" is abstract (Linux only), gone with its owner."""
    return "\0" + path[1:] if path.startswith("@") else path


def take_line(channel: socket.socket) -> bytes:
    """The first line that has come, which was sent as one; what follows it is left there."""
    line = channel.recv(LONGEST_LINE, socket.MSG_PEEK)
    return channel.recv(line.find(b"\n") + 1)
