"""Users without a name, for submissions: whether they can be had, and the end of all they run.

As root one can run a submission as another user without any namespace. That user may not signal
the grader or write root's files. Its processes share the machine with all others, so they are
known by their user alone when their time is over.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from workerlab.processes.folders import open_to_all, temporary_folder
from workerlab.processes.sandbox import Sandbox

NUMBERS = range(61184, 65519, 2)  # which no real user has; the odd ones are for stores
# A worker is started by another one: that must work, too.
RUNS = """
import os, subprocess, sys, workerlab

subprocess.run([sys.executable, "-c", "import fastapi"], check=True)
print(os.getuid())
"""
TRY_S = 20.0  # seconds for a try
END_S = 10.0  # seconds in which killed processes must have gone
LOOK_S = 0.01
PLACES = ("/tmp", "/var/tmp", "/dev/shm")  # which every user may write


def unused() -> int:
    """The number of a user that runs no process."""
    while True:
        number = NUMBERS[secrets.randbelow(len(NUMBERS))]
        if not any(True for _ in _processes({number, number + 1})):
            return number


@cache
def why_none() -> str:
    """Why a submission cannot run as a user of its own here; "" when it can. Tried out once."""
    if sys.platform != "linux" or os.getuid() != 0:
        return "only root on Linux can give it one"
    if not shutil.which("setpriv"):
        return "setpriv is not installed"
    if not open_to_all(temporary_folder(), 0o001):
        return f"other users may not enter {temporary_folder()}"
    user = unused()
    try:
        done = subprocess.run(
            Sandbox(False, user=user).command([sys.executable, "-c", RUNS]),
            capture_output=True,
            text=True,
            timeout=TRY_S,
            cwd="/",
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.stdout.strip() == str(user):
        return ""
    said = done.stderr.strip().splitlines() or ["it cannot run this Python"]
    return said[-1]


def end_all(user: int) -> bool:
    """Kill every process of this user, and remove what it left in places that all may write.

    Never a process of another user: each is held by a descriptor before it is looked at. Whether
    nothing of the user runs any more.
    """
    if user not in NUMBERS:
        raise ValueError(f"{user} is no user of a submission's")
    until = time.monotonic() + END_S
    while held := [*_processes({user})]:
        for pid in held:
            _kill(pid, user)
        if time.monotonic() > until:
            return False
        time.sleep(LOOK_S)  # for them to go: they are children of processes that are not ours
    for place in PLACES:
        _remove(Path(place), user)
    return True


def _kill(pid: int, user: int) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return
    try:
        if user in _users_of(pid):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def _processes(users: set[int]) -> Iterator[int]:
    """The live processes of these users; zombies left out."""
    for name in os.listdir("/proc"):
        if name.isdigit() and users & _users_of(int(name)):
            yield int(name)


def _users_of(pid: int) -> set[int]:
    """Its real, effective, saved and file user; none of a process that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except OSError:
        return set()
    status = dict(line.partition(":")[::2] for line in lines)
    if status.get("State", "").strip()[:1] in ("Z", "X"):
        return set()
    return {int(word) for word in status.get("Uid", "").split()}


def _remove(place: Path, user: int) -> None:
    """Remove what belongs to the user; it cannot change meanwhile, for no process of it runs."""
    try:
        entries = [*os.scandir(place)]
    except OSError:
        return
    for entry in entries:
        try:
            if entry.stat(follow_symlinks=False).st_uid != user:
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.unlink(entry.path)
        except OSError:
            continue
