"""How a process that exists already enters a sandbox: see `entrance`.

What bubblewrap, prlimit and setpriv do to the program that they start is done here by the process
to itself, in the same order. There is no way back: the last step is a filter of system calls that
refuses the calls of the first.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from collections.abc import Callable
from typing import Any

from workerlab.processes.tree import (
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    process_control,
)

__all__ = ["enter"]

PR_SET_SECCOMP, PR_CAPBSET_DROP = 22, 24  # linux/prctl.h
SECCOMP_MODE_FILTER = 2  # linux/seccomp.h
CAPABILITY_VERSION = 0x20080522  # linux/capability.h: the third, with 64 powers
MOST_POWERS = 64
STEP = 8  # bytes of one step of a filter


class _Program(ctypes.Structure):
    """struct sock_fprog of linux/filter.h: how many steps, and where they are."""

    _fields_ = [("steps", ctypes.c_ushort), ("where", ctypes.c_char_p)]


def enter(order: dict[str, Any], folder: str, there: Callable[[], None]) -> None:
    """Enter the sandbox that an `Entrance` has ordered; the process must have one thread.

    folder   where to be then, by its path in the sandbox
    there    what is done there before the powers are given up

    Raises OSError. Then the process is in no state to go on, and has to end.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for number in order["namespaces"]:
        _must(libc.setns(number, 0))
    there()
    os.chdir(folder)
    for name, most in order["limits"]:
        resource.setrlimit(getattr(resource, f"RLIMIT_{name.upper()}"), (most, most))
    _give_up_powers_to_come()
    if (user := order["user"]) is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    none_of = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, twice 32 powers
    _must(libc.capset((ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0), none_of))
    for option, value in (
        (PR_SET_NO_NEW_PRIVS, 1),
        (PR_SET_PDEATHSIG, signal.SIGKILL),  # setresuid has cleared it
        (PR_SET_DUMPABLE, 1),  # and this: as a program that was started has it
    ):
        _must(not process_control(option, value))
    if steps := bytes.fromhex(order["filter"]):
        program = _Program(len(steps) // STEP, steps)
        _must(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0))


def _give_up_powers_to_come() -> None:
    """No program that is started from here on gets a power. A kernel knows some forty of them."""
    known = [process_control(PR_CAPBSET_DROP, power) for power in range(MOST_POWERS)]
    _must(not any(known))


def _must(failed: object) -> None:
    if failed:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
