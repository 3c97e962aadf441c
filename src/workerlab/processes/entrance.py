"""The way into a sandbox for a server that is the fork of a template.

bubblewrap makes a sandbox and starts a new program in it. A fork is no new program; that is the
point of it: it has its libraries already. So bubblewrap makes the sandbox once, without a program
to run, and its namespaces are kept open here. Each fork enters them by itself, and gives up what
bubblewrap, prlimit and setpriv take from a program: see `entering`.
"""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from workerlab.processes.sandbox import MOST_TASKS, PROCESS_LIMITS, Sandbox

__all__ = ["Entrance", "entrance_to"]

NS_GET_USERNS = 0xB701  # linux/nsfs.h: opens the namespace of users that another one belongs to
USERS = "/proc/self/ns/user"
_LIMIT = re.compile(r"--([a-z]+)=(\d+)")  # of prlimit


@dataclass(frozen=True)
class Entrance:
    """What a fork needs in order to enter a sandbox.

    fds      the sandbox's namespaces, in the order in which they are entered
    limits   each limit of a process by its name in prlimit, and its number
    user     the numeric user to become; None to stay what we are
    filter   the filter of system calls, as bytes in hexadecimal; "" without one
    """

    fds: tuple[int, ...]
    limits: tuple[tuple[str, int], ...]
    user: int | None
    filter: str

    def order(self) -> dict[str, Any]:
        """The same for `entering.enter`, as JSON can carry it."""
        return {
            "namespaces": self.fds,
            "limits": self.limits,
            "user": self.user,
            "filter": self.filter,
        }


@cache
def entrance_to(sandbox: Sandbox) -> Entrance | None:
    """The entrance to this sandbox, made once; None where none can be made."""
    if not sandbox.bubblewrap or sandbox.alone:
        return None
    try:
        fds = _namespaces_of(sandbox)
        filter_ = sandbox.filter.read_bytes().hex() if sandbox.filter else ""
    except (OSError, ValueError):
        return None
    limits = [_LIMIT.fullmatch(word) for word in (*PROCESS_LIMITS, f"--nproc={MOST_TASKS}")]
    found = tuple((limit[1], int(limit[2])) for limit in limits if limit)
    return Entrance(fds, found, sandbox.user, filter_)


def _namespaces_of(sandbox: Sandbox) -> tuple[int, ...]:
    """Descriptors of the namespaces of a sandbox that is made for this, and has no process then.

    Raises OSError and ValueError.
    """
    waiting = ["/bin/sh", "-c", "echo $$; read end"]  # until our end of the pipe is closed
    with subprocess.Popen(
        sandbox.empty(waiting), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdin and holder.stdout  # pipes
        try:
            return tuple(_opened(int(holder.stdout.readline())))
        finally:
            holder.stdin.close()
            holder.stdout.close()


def _opened(pid: int) -> Iterator[int]:
    """Of a process in the sandbox; only who has entered the namespace of users may enter the rest."""
    mounts, users = _open(pid, "mnt"), _open(pid, "user")
    owner = fcntl.ioctl(mounts, NS_GET_USERNS, 0)
    ours = os.stat(USERS)
    yield from [owner] if not os.path.samestat(os.fstat(owner), ours) else []
    yield from (mounts, _open(pid, "uts"))
    known = (ours, os.fstat(owner))
    yield from [users] if not any(os.path.samestat(os.fstat(users), one) for one in known) else []


def _open(pid: int, kind: str) -> int:
    return os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
