"""The sandbox around a grading process, made by bubblewrap where it works.

Namespaces of its own for processes, network, System V memory and mounts: nothing outside but its
files can be seen, and those can only be read; /tmp and /dev/shm are its own, in memory, and
bounded. When the first process in it ends, Linux ends all the others.

Checks that keep something (a trace, a count) write it to the folder that WORKERLAB_CELL_FOLDER
names, the only place outside that a grading process can write; a submission does not see it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from workerlab.grading.manifest import Manifest, root
from workerlab.grading.result import NOT_GRADABLE, CheckResult
from workerlab.processes import syscalls, users
from workerlab.processes.sandbox import SYSTEM, Sandbox, links_to_python, passages, python

ISOLATED, NOT_ISOLATED = "isolated by bubblewrap", "not isolated"
OWN_USER = "; but it runs as a user of its own"
ON_A_CLUSTER = "on a cluster"  # of a class whose machines report it themselves
CONTAINER = "/.dockerenv", "/run/.containerenv"  # files of Docker and Podman
USERS = 61184, 65519  # numbers that no real user has: systemd draws its passing ones from there
NAMESPACES = ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
PRIVATE = "/var/tmp"  # around a grading process: the folders of the grader and of the stores
# Bytes; memory is used for what lies in them.
OWN = {"/dev/shm": 256 << 20, "/tmp": 1 << 30, PRIVATE: 768 << 20}
ALSO = ("/opt", "/nix", "/snap", "/home/linuxbrew")  # where programs on PATH may lie as well
# The capabilities that root's grading process needs: to make sandboxes and their users, to
# read and give away files, and to look after processes that are another user's.
POWERS = {
    "chown", "dac_override", "fowner", "kill", "net_admin", "setgid", "setpcap", "setuid",
    "sys_admin", "sys_chroot", "sys_ptrace",
}  # fmt: skip
EVERY_POWER = (
    *("audit_control", "audit_read", "audit_write", "block_suspend", "bpf"),
    *("checkpoint_restore", "chown", "dac_override", "dac_read_search", "fowner", "fsetid"),
    *("ipc_lock", "ipc_owner", "kill", "lease", "linux_immutable", "mac_admin", "mac_override"),
    *("mknod", "net_admin", "net_bind_service", "net_broadcast", "net_raw", "perfmon"),
    *("setfcap", "setgid", "setpcap", "setuid", "sys_admin", "sys_boot", "sys_chroot"),
    *("sys_module", "sys_nice", "sys_pacct", "sys_ptrace", "sys_rawio", "sys_resource"),
    *("sys_time", "sys_tty_config", "syslog", "wake_alarm"),
)  # of Linux 6; a capability that this system lacks needs no dropping
WRITABLE = "WORKERLAB_CELL_FOLDER"
TRY_S = 20.0  # seconds for a try of bubblewrap


def why_not() -> str:
    """Why this machine cannot isolate grading processes; "" when it can. Tried once."""
    if sys.platform != "linux":
        return "only Linux has namespaces"
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed"
    return _tried()


@cache
def _tried() -> str:
    """Try both sandboxes, one in the other, with a command that does nothing."""
    sandbox = Sandbox(True, user=USERS[0] if os.getuid() == 0 else None)
    command = sandbox.command([sys.executable, "-I", "-S", "-c", "pass"])
    try:
        done = subprocess.run(
            isolated_command(command), capture_output=True, text=True, timeout=TRY_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = done.stderr.strip().splitlines() or [f"bubblewrap ended with status {done.returncode}"]
    return said[-1] if done.returncode else ""


def label() -> str:
    """How submissions are graded on this machine, in words for a page."""
    if not (why := why_not()):
        return ISOLATED
    own = "" if users.why_none() else OWN_USER
    around = "; the container is the boundary" if in_container() else ""
    return f"{NOT_ISOLATED}: {why}{own}{around}"


def advice() -> str:
    """How to get isolation on this machine, when there is none."""
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


def isolation_in_words(checks: Iterable[CheckResult], before: str) -> str:
    """How the grading processes of these checks were isolated, in words for a page.

    before   the journal's text on the whole class, for checks that have none
    """
    ran = [check for check in checks if check.isolation or check.status != NOT_GRADABLE]
    found = sorted({check.isolation or before for check in ran}) or [before]
    return found[0] if len(found) == 1 else ", ".join(f"partly {how}" for how in found)


def isolated_command(
    command: list[str], *, shown: Iterable[Path] = (), lab: Manifest | None = None
) -> list[str]:
    """The command as a grading process, which sees the system, Python, `shown`, and this lab's checks.

    And the labs' folders, which every student has; no solution, no other lab's checks,
    no home folder, no journal and no other submission.
    """
    words = [shutil.which("bwrap") or "bwrap", *NAMESPACES, "--die-with-parent", *_powers()]
    for name in (*SYSTEM, "/sys", *ALSO):
        words += ["--ro-bind-try", name, name]
    words += ["--dev-bind", "/dev", "/dev", "--proc", "/proc"]
    for name, size in OWN.items():
        words += ["--perms", "1777", "--size", str(size), "--tmpfs", name]
    seen = {*python(), *_course(lab), *shown}
    places = sorted(place for place in seen if not place.is_relative_to("/usr"))
    links = [link for link in links_to_python() if not link.is_relative_to("/usr")]
    writable = _writable()
    words += passages((*places, *links, *writable))
    for place in places:
        words += ["--ro-bind", str(place), str(place)]
    for link in links:
        words += ["--symlink", os.readlink(link), str(link)]
    for place in writable:
        words += ["--bind", str(place), str(place)]
    return [*words, "--remount-ro", "/", "--chdir", "/", *command]


def _powers() -> list[str]:
    """Root's capabilities that a grading process does not need. Other users have none there."""
    if os.getuid() != 0:
        return []
    return [word for one in EVERY_POWER if one not in POWERS for word in ("--cap-drop", _cap(one))]


def _cap(power: str) -> str:
    return f"CAP_{power.upper()}"


def _course(lab: Manifest | None) -> Iterator[Path]:
    """What a grading process needs of the labs' repository: the labs, and the checks of its lab.

    Beside these lies what they may import; no other lab's checks.
    """
    home = root().resolve()
    yield home / "labs"
    if lab is not None:
        checks = home / "tests" / "labs"
        wanted = checks / lab.tests.name
        yield from (
            place
            for place in checks.iterdir()
            if place == wanted or not place.name.startswith("test_")
        )


def sandbox_order(budget: float = 0.0) -> dict[str, Any]:
    """The order to a grading process about the sandbox of its submission: see `sandbox_of`.

    budget   seconds of wall time that it has; as many of processor time, all processes together
    """
    isolated = not why_not()
    user = users.unused() if _has_users(isolated) else None
    return {"bubblewrap": isolated, "user": user, "cpu": budget}


def _has_users(isolated: bool) -> bool:
    return os.getuid() == 0 if isolated else not users.why_none()


def sandbox_of(order: dict[str, Any], source: Path) -> Sandbox:
    """In the grading process: the ordered sandbox; it shows neither labs nor the original hand-in."""
    hidden = (root().resolve(), source, *_writable())
    isolated, user = order["bubblewrap"], order["user"]
    return Sandbox(
        isolated,
        hidden,
        user=user,
        store_user=user + 1 if isolated and user is not None else None,  # else it has none
        private=Path(PRIVATE) if isolated else None,
        cpu=order.get("cpu", 0.0),
    )


def filtered(sandbox: Sandbox) -> Sandbox:
    """In the grading process: the sandbox with the system call filter, in a file hidden from students."""
    if sandbox.private is None or not syscalls.known():
        return sandbox
    file = sandbox.private / "system-calls"
    file.write_bytes(syscalls.compiled())
    return replace(sandbox, filter=file)


def _writable() -> list[Path]:
    place = os.environ.get(WRITABLE, "")
    return [Path(place).resolve()] if place else []
