"""Which process is at the other end of a connection."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from workerlab.processes.sock_diag import inode_on_loopback

OWN_END, OTHER_END, INODE = 1, 2, 9  # columns of /proc/PID/net/tcp
LOCAL = re.compile(
    r"\b(127(?:\.\d+){3}|localhost):(\d+)"
)  # an address of this machine in a setting

# A connection, as the process that opened it sees it: its own port, and the port at the other end.
# Its own port alone is not enough: Linux gives the same one to two connections to different places.
Ends = tuple[int, int]


def owner_of(connection: Ends, pids: Iterable[int]) -> int:
    """Which of these processes has this connection; 0 for none of them.

    They must all be in one network namespace.
    """
    if not os.path.isdir("/proc/self"):
        return next((pid for pid in pids if connection in _from_lsof(pid)), 0)
    inode = ""
    for pid in pids:
        with suppress(OSError):
            inode = inode or _inode(connection, pid)
            if inode and inode in _sockets(pid):
                return pid
    return 0


def _inode(connection: Ends, pid: int) -> str:
    """The number of a connection's socket, as this process can see it; "" if it sees none."""
    found = inode_on_loopback(*connection) if _network(pid) == _network("self") else ""
    return found or dict(_connections(pid)).get(connection, "")


def _network(pid: int | str) -> int:
    """The number of the network namespace of a process."""
    return os.stat(f"/proc/{pid}/ns/net").st_ino


def _connections(pid: int) -> Iterator[tuple[Ends, str]]:
    """All IPv4 connections that this process can see: their ends, and their numbers (inodes)."""
    for row in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        fields = row.split(None, INODE + 1)
        if fields[INODE] != "0":  # it is somebody's
            yield (_port(fields[OWN_END]), _port(fields[OTHER_END])), fields[INODE]


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)


def _sockets(pid: int) -> set[str]:
    """The numbers (inodes) of the sockets that a process has open."""
    found = set()
    for entry in os.scandir(f"/proc/{pid}/fd"):
        with suppress(OSError):  # closed meanwhile
            kind, _, number = os.readlink(entry.path).partition(":[")
            if kind == "socket":
                found.add(number.rstrip("]"))
    return found


def _from_lsof(pid: int) -> set[Ends]:
    """The same where there is no /proc (macOS)."""
    command = ["lsof", "-nP", "-a", "-p", str(pid), "-i4TCP", "-Fn"]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout
    found = re.findall(r"^n\S*:(\d+)->\S*:(\d+)$", output, re.MULTILINE)
    return {(int(own), int(other)) for own, other in found}
