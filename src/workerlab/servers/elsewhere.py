"""Goes to another machine, so to speak, leaves doors to the first one, and becomes the command.

    python -I -S elsewhere.py FD HOST:PORT,... [FOLDER ...] -- /PATH/TO/COMMAND ...

With folders we leave our network, our System V memory, /tmp and /dev/shm first, and take these
folders along (Linux's namespaces, man 7 namespaces). Without, bubblewrap has done so already.
Then we are alone in a network. What the command needs of the first machine, its stores, it will
look for at the given addresses: so we listen there, and pass the listening sockets through the
socket FD to the grader, outside, which forwards each connection to the real place. See `apart.py`.

It is a script, not a module of the package: it runs as the submission, and imports little.
A server that is the fork of a template has no command to become, and calls the same functions.
"""

import ctypes
import os
import signal
import socket
import struct
import sys

NEW_MOUNTS, NEW_SYSV, NEW_USERS, NEW_NETWORK = 0x20000, 0x8000000, 0x10000000, 0x40000000
BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 0x40000  # linux/mount.h
NO_SETUID_NO_DEVICES = 0x2 | 0x4
FLAGS_OF, SET_FLAGS, UP_AND_RUNNING = 0x8913, 0x8914, 0x1 | 0x40  # linux/sockios.h, linux/if.h
PR_SET_PDEATHSIG = 1
EMPTIED = {"/tmp": "size=268435456,mode=1777", "/dev/shm": "size=134217728,mode=1777"}
_libc = ctypes.CDLL(None, use_errno=True)


def leave(folders: list[str]) -> None:
    """Be in namespaces of our own, where /tmp and /dev/shm are empty but for these folders.

    Raises OSError where this is not allowed.
    """
    user, group = os.getuid(), os.getgid()
    if user != 0:
        _obeyed(_libc.unshare(NEW_USERS), "a namespace of users")
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    part(folders)
    _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)  # a new user has lost it


def part(folders: list[str]) -> None:
    """The same for a process that may do so as who it is."""
    _obeyed(_libc.unshare(NEW_MOUNTS | NEW_SYSV | NEW_NETWORK), "namespaces")
    _mount("none", "/", "", RECURSIVE | PRIVATE)
    lost = [folder for folder in folders if folder.startswith(tuple(f"{one}/" for one in EMPTIED))]
    kept = [(folder, os.open(folder, os.O_PATH)) for folder in lost]
    for place, size in EMPTIED.items():
        _mount("tmpfs", place, "tmpfs", NO_SETUID_NO_DEVICES, size)
    for folder, number in kept:
        os.makedirs(folder, exist_ok=True)
        _mount(f"/proc/self/fd/{number}", folder, "", BIND)
        os.close(number)
    _bring_up("lo")


def _bring_up(interface: str) -> None:
    from fcntl import ioctl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = ioctl(any_socket, FLAGS_OF, struct.pack("16sH14x", interface.encode(), 0))
        flags = struct.unpack("16sH14x", asked)[1] | UP_AND_RUNNING
        ioctl(any_socket, SET_FLAGS, struct.pack("16sH14x", interface.encode(), flags))


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    words = [word.encode() for word in (source, target, kind)]
    _obeyed(_libc.mount(*words, ctypes.c_ulong(flags), options.encode()), target)


def _obeyed(status: int, what: str) -> None:
    if status != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def leave_doors(number: int, places: list[str]) -> None:
    """Listen at these places, and pass each listening socket on, with its place."""
    os.set_inheritable(number, False)  # the command has no business with the grader
    with socket.socket(fileno=number) as line:
        for place in places:
            host, _, port = place.rpartition(":")
            with socket.create_server((host, int(port))) as door:
                socket.send_fds(line, [place.encode() + b"\n"], [door.fileno()])


def main(arguments: list[str]) -> None:
    end = arguments.index("--")
    number, places, *folders = arguments[:end]
    command = arguments[end + 1 :]
    if folders:
        leave(folders)
    leave_doors(int(number), [place for place in places.split(",") if place])
    os.execv(command[0], command)  # noqa: S606 (no shell is what we want)


if __name__ == "__main__":
    main(sys.argv[1:])
