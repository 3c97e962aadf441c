"""Which process is at the other end of a connection: the local TCP ports of a process."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

OWN_END, INODE = 1, 9  # columns of /proc/PID/net/tcp
LOCAL = re.compile(
    r"\b(127(?:\.\d+){3}|localhost):(\d+)"
)  # an address of this machine in a setting


def ports_of(pid: int) -> set[int]:
    """The local ports of a process's IPv4 connections; empty if it has ended."""
    if not os.path.isdir("/proc/self"):
        return _ports_from_lsof(pid)
    with suppress(OSError):
        sockets = _sockets(pid)
        rows = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
        fields = [row.split() for row in rows]
        return {int(row[OWN_END].partition(":")[2], 16) for row in fields if row[INODE] in sockets}
    return set()


def owner_of(port: int, pids: Iterable[int]) -> int:
    """Which of these processes has an IPv4 connection on this local port; 0 for none of them.

    They must all be in one network namespace.
    """
    if not os.path.isdir("/proc/self"):
        return next((pid for pid in pids if port in _ports_from_lsof(pid)), 0)
    inode = ""
    for pid in pids:
        with suppress(OSError):
            inode = inode or _inode_of(port, pid)
            if inode and inode in _sockets(pid):
                return pid
    return 0


def _inode_of(port: int, pid: int) -> str:
    """The number of the socket with this local port, as this process sees it; "" for none."""
    ending = f":{port:04X}"
    for row in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        fields = row.split(None, INODE + 1)
        if fields[OWN_END].endswith(ending) and fields[INODE] != "0":
            return fields[INODE]
    return ""


def _sockets(pid: int) -> set[str]:
    """The numbers (inodes) of the sockets that a process has open."""
    found = set()
    for entry in os.scandir(f"/proc/{pid}/fd"):
        with suppress(OSError):  # closed meanwhile
            kind, _, number = os.readlink(entry.path).partition(":[")
            if kind == "socket":
                found.add(number.rstrip("]"))
    return found


def _ports_from_lsof(pid: int) -> set[int]:
    """The same where there is no /proc (macOS)."""
    command = ["lsof", "-nP", "-a", "-p", str(pid), "-i4TCP", "-Fn"]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout
    names = [line[1:].partition("->")[0] for line in output.splitlines() if line.startswith("n")]
    return {int(name.rpartition(":")[2]) for name in names if name.rpartition(":")[2].isdigit()}
