"""What the kernel knows about processes: who descends from whom, and what they leave.

Imported by lifeline.py, which runs without the package; so only the standard library here.
"""

import os
import sys

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 1, 4, 36  # linux/prctl.h


def parents() -> dict[int, int]:
    """Every process on this machine and its parent, from /proc; zombies left out."""
    if not os.path.isdir("/proc/self"):
        return _parents_from_ps()
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    state, parent = file.read().rpartition(b")")[2].split()[:2]
            except OSError:  # it ended while we looked
                continue
            if state not in b"ZX" or _has_threads(name):
                found[int(name)] = int(parent)
    return found


def _parents_from_ps() -> dict[int, int]:
    """The same where there is no /proc (macOS), at the price of a process."""
    import subprocess

    table = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="], stdout=subprocess.PIPE, text=True, check=True
    )
    rows = (line.split() for line in table.stdout.splitlines())
    return {int(pid): int(parent) for pid, parent, state in rows if not state.startswith("Z")}


def _has_threads(pid: str) -> bool:
    """Whether a process whose main thread has ended goes on in others."""
    try:
        return len(os.listdir(f"/proc/{pid}/task")) > 1
    except OSError:
        return False


def descendants(pid: int) -> list[int]:
    """The live processes that descend from `pid`, nearest first; `pid` itself left out."""
    children: dict[int, list[int]] = {}
    for child, parent in parents().items():
        children.setdefault(parent, []).append(child)
    found = list(children.get(pid, ()))
    for process in found:
        found += children.get(process, ())
    return found


def seconds_kept_waiting(pid: int) -> float:
    """How long a process was ready to run and got no processor, since it started; 0 if unknown."""
    return _schedstat(pid)[1]


def seconds_on_cpu(pid: int) -> float:
    """How long a process has had a processor, since it started; 0 if unknown."""
    return _schedstat(pid)[0]


def _schedstat(pid: int) -> tuple[float, float]:
    try:
        with open(f"/proc/{pid}/schedstat") as file:
            running, waiting, _ = file.read().split()
    except (OSError, ValueError):
        return 0.0, 0.0
    return int(running) / 1e9, int(waiting) / 1e9


def send(pid: int, number: int) -> None:
    """Send a signal to a process that may have ended by now."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def name_of(pid: int) -> str:
    """A process's short name, without blanks."""
    try:
        with open(f"/proc/{pid}/comm") as file:
            return "-".join(file.read().split())
    except OSError:
        return "?"


def is_tracker(pid: int) -> bool:
    """Whether this is multiprocessing's resource tracker."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"multiprocessing.resource_tracker" in file.read()
    except OSError:
        return False


def process_control(option: int, value: int) -> None:
    """Linux's prctl(2), which Python does not offer; elsewhere, nothing."""
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def watch(pid: int) -> list[int]:
    """A descriptor that becomes readable when the process ends, where the kernel has them."""
    try:
        return [os.pidfd_open(pid)]
    except (AttributeError, OSError):
        return []


def remove_shared_memory(creators: set[int]) -> None:
    """Remove System V segments that these ended processes made (PostgreSQL, killed, leaves one)."""
    import ctypes

    try:
        with open("/proc/sysvipc/shm") as file:
            rows = [line.split() for line in file][1:]
    except OSError:
        return
    for _, segment, _, _, creator, _, attached, *_ in rows:
        if int(creator) in creators and attached == "0":
            ctypes.CDLL(None).shmctl(int(segment), 0, None)  # 0 is IPC_RMID
