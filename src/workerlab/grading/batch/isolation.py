"""A cell's own little machine, made by bubblewrap where it works.

Namespaces of its own for processes, network, System V memory and mounts: nothing outside but its
files can be seen, and those can only be read; /tmp and /dev/shm are its own, in memory, and
bounded. When the first process of a cell ends, the kernel ends all the others.

Checks that keep something (a trace, a count) write it to the folder that WORKERLAB_CELL_FOLDER
names, the only place outside that a cell can write; a submission does not see it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from workerlab.grading.manifest import root
from workerlab.grading.report import NOT_GRADABLE, CheckResult
from workerlab.services.jail import Jail, links_to_python, python

ISOLATED, NOT_ISOLATED = "isolated by bubblewrap", "not isolated"
ON_A_CLUSTER = "on a cluster"  # of a class whose machines tell it themselves
CONTAINER = "/.dockerenv", "/run/.containerenv"  # what Docker and Podman put there
USERS = 61184, 65519  # numbers that no real user has: systemd draws its passing ones from there
NAMESPACES = ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
OWN = {"/dev/shm": 256 << 20, "/tmp": 1 << 30}  # bytes; memory is used for what lies in them
WRITABLE = "WORKERLAB_CELL_FOLDER"
TRY_S = 20.0  # seconds for a try of bubblewrap


def why_not() -> str:
    """Why cells cannot be isolated on this machine; "" when they can. Tried out once."""
    if sys.platform != "linux":
        return "only Linux has namespaces"
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed"
    return _tried()


@cache
def _tried() -> str:
    """The whole of it with nothing in it: a jail in a cell."""
    jail = Jail(True, user=USERS[0] if os.getuid() == 0 else None)
    command = jail.command([sys.executable, "-I", "-S", "-c", "pass"])
    try:
        done = subprocess.run(
            cell_command(command), capture_output=True, text=True, timeout=TRY_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = done.stderr.strip().splitlines() or [f"bubblewrap ended with status {done.returncode}"]
    return said[-1] if done.returncode else ""


def label() -> str:
    """How submissions are graded on this machine, in words for a page."""
    if not (why := why_not()):
        return ISOLATED
    around = "; the container is the boundary" if in_container() else ""
    return f"{NOT_ISOLATED}: {why}{around}"


def mend() -> str:
    """How to have cells isolated on this machine, when they are not."""
    if sys.platform != "linux":
        return "grade on Linux, or in the container of docker/grader/Dockerfile"
    if not shutil.which("bwrap"):
        return "apt install bubblewrap"
    if in_container():
        return "start the container with the flags that docker/grader/Dockerfile names"
    sysctls = "kernel.unprivileged_userns_clone=1 (Debian)"
    sysctls += " or kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)"
    return f"allow user namespaces: as root, sysctl -w {sysctls}"


def in_container() -> bool:
    """Whether we run in a container of Docker's or Podman's."""
    return any(Path(mark).exists() for mark in CONTAINER)


def told(checks: Iterable[CheckResult], before: str) -> str:
    """How the cells that ran these checks were isolated, in words for a page.

    before   what the journal says of the whole class: for checks that say nothing themselves
    """
    ran = [check for check in checks if check.isolation or check.status != NOT_GRADABLE]
    found = sorted({check.isolation or before for check in ran}) or [before]
    return found[0] if len(found) == 1 else ", ".join(f"partly {how}" for how in found)


def cell_command(command: list[str], *, shown: Iterable[Path] = ()) -> list[str]:
    """The command in a cell; of /tmp it sees only `shown`, and Python and the labs."""
    words = [
        shutil.which("bwrap") or "bwrap",
        *NAMESPACES,
        "--die-with-parent",
        "--ro-bind",
        "/",
        "/",
    ]
    words += ["--dev-bind", "/dev", "/dev", "--proc", "/proc"]
    for place, size in OWN.items():
        words += ["--perms", "1777", "--size", str(size), "--tmpfs", place]
    for place in sorted({*python(), root().resolve(), *shown}):
        if hidden := next((one for one in OWN if place.is_relative_to(one)), None):
            words += _passages(Path(hidden), place)
            words += ["--ro-bind", str(place), str(place)]
    for link in links_to_python():
        if hidden := next((one for one in OWN if link.is_relative_to(one)), None):
            words += _passages(Path(hidden), link)
            words += ["--symlink", os.readlink(link), str(link)]
    for place in _writable():
        words += ["--bind", str(place), str(place)]
    return [*words, "--chdir", "/", *command]


def _passages(start: Path, end: Path) -> list[str]:
    """Folders on the way from one to the other, which the jail's user may pass.

    And look around in, as an import does: nothing is there but what is shown.
    """
    between = [place for place in reversed(end.parents) if start in place.parents]
    return [word for place in between for word in ("--perms", "0755", "--dir", str(place))]


def jail_order() -> dict:
    """What a cell is told about the jail for its submission: see `jail_of`."""
    isolated = not why_not()
    alone = isolated and os.getuid() == 0
    user = USERS[0] + secrets.randbelow(USERS[1] - USERS[0]) if alone else None
    return {"bubblewrap": isolated, "user": user}


def jail_of(order: dict, source: Path) -> Jail:
    """In the cell: the jail that was ordered; it shows neither labs nor what was handed in."""
    hidden = (root().resolve(), source, *_writable())
    return Jail(order["bubblewrap"], hidden, order["user"])


def _writable() -> list[Path]:
    place = os.environ.get(WRITABLE, "")
    return [Path(place).resolve()] if place else []
