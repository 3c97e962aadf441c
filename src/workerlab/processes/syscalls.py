"""Which requests to the operating system a submission and its stores are refused (Linux only).

A program asks Linux for everything by numbered system calls, and a filter that it cannot take
off again (seccomp, man 2 seccomp) answers some of them with an error before Linux looks at them.
It refuses calls that no web app needs and that an attack builds on: namespaces and mounts of its own
(memory that no limit sees), memory files without a name, tracing other processes, and calls that
have been ways into the system before. Files, sockets, threads and processes stay as they are.

The filter is a program for Linux's packet filter: `compiled()` returns it as bytes, in the form
that bubblewrap's `--seccomp` reads.
"""

from __future__ import annotations

import errno
import platform
import struct

# AUDIT_ARCH_… of linux/audit.h, and each call's number, from the tables of Linux 6.x.
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_NUMBERS = {
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "kcmp": (312, 272),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "request_key": (249, 218),
    "setns": (308, 268),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
REFUSED = tuple(_NUMBERS)
_LOOKED_AT = {"clone": (56, 220), "clone3": (435, 435)}  # refused by what they ask for
_NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, …NEWUSER, …NEWNET and the others of man 2 clone
_X32 = 0x40000000  # numbers from here on are a second way to each call, on x86_64
_LOAD, _EQUAL, _AT_LEAST, _ANY_OF, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # linux/bpf_common.h
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # where they stand in struct seccomp_data
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000


def number_of(name: str) -> int:
    """The number of one of these calls on this machine."""
    return (_NUMBERS | _LOOKED_AT)[name][_MACHINES[platform.machine()][1]]


def known() -> bool:
    """Whether this machine's numbers are known; elsewhere there is no filter."""
    return platform.system() == "Linux" and platform.machine() in _MACHINES


def compiled() -> bytes:
    """The filter of this machine. Raises KeyError where `known()` is False."""
    architecture, _ = _MACHINES[platform.machine()]
    refuse, missing = _ERROR | errno.EPERM, _ERROR | errno.ENOSYS
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, refuse),  # a call in the manner of another machine, such as 32 bits
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, refuse),
    ]
    for name in REFUSED:
        steps += [(_EQUAL, 0, 1, number_of(name)), (_RETURN, 0, 0, refuse)]
    # clone3 hides its flags in memory: "not there" makes every C library use clone.
    steps += [(_EQUAL, 0, 1, number_of("clone3")), (_RETURN, 0, 0, missing)]
    steps += [
        (_EQUAL, 0, 3, number_of("clone")),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_OF, 0, 1, _NEW_NAMESPACES),
        (_RETURN, 0, 0, refuse),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
