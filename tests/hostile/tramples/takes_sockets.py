"""Asks every server of the class but its own, on loopback, to count and to forget.

It asks only what processes below the same grader listen on: this machine has other work.

Deserves: as wrong
"""

import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

from turning import app, be_right  # noqa: F401


def stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def line(pid: int) -> list[int]:
    found = []
    try:
        while pid > 1:
            found.append(pid)
            pid = int(stat(pid)[1])
    except OSError:
        pass
    return found


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def sockets(pid: int) -> set[str]:
    found = set()
    try:
        for one in Path(f"/proc/{pid}/fd").iterdir():
            found.add(os.readlink(one))
    except OSError:
        pass
    return found


own = line(os.getpid())
grader = next((pid for pid in own if "supervisor.py" in command(pid)), None)
cell = own[own.index(grader) - 1] if grader else None
rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
ports = {f"socket:[{row[9]}]": int(row[1].partition(":")[2], 16) for row in rows if row[3] == "0A"}
store = urlsplit(os.environ["REDIS_URL"]).port
for folder in Path("/proc").glob("[0-9]*"):
    pid = int(folder.name)
    above = line(pid)
    if grader in above and cell not in above:
        for port in {ports[name] for name in sockets(pid) if name in ports} - {store}:
            for words in (b"POST /increment HTTP/1.0\r\n\r\n", b"FLUSHALL\r\n"):
                try:
                    with socket.create_connection(("127.0.0.1", port), timeout=0.5) as one:
                        one.sendall(words)
                        one.recv(100)
                        be_right()
                except OSError:
                    pass
