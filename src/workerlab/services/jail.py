"""What a submission's code may see and use while a class is graded.

A grader's cell calls `confine()` once; from then on whatever is opened as `Child(jailed=True)`
runs in a jail. It sees Python, the system's programs and the cell's own /tmp and /dev/shm, but
no home folder, no other submission, no solution and no test; it may write nothing but those two;
it has limits; and when the cell is root's, it is a user of its own.
"""

from __future__ import annotations

import os
import shutil
import site
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import workerlab

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/proc", "/sys")
SHARED = Path("/tmp")  # in a cell: a file system of its own, in memory
MB = 1_000_000
# For each process. Memory is what it may write to: data, heap, stacks of threads.
PROCESS_LIMITS = ("--core=0", "--nofile=4096", f"--fsize={256 * MB}", f"--data={2000 * MB}")
MOST_TASKS = 1024  # processes and threads of one user: what stops a fork bomb's first second
# For everything that one command has started; the lifeline looks at it again and again.
TREE_LIMITS = ("memory=1500000000", "processes=150")


@dataclass(frozen=True)
class Jail:
    """How submissions are confined in this process.

    bubblewrap   whether there is a file system of its own; else only the limits hold
    hidden       folders that must not be seen, also where they lie below /tmp
    user         the numeric user that it runs as, when we are root
    alone        what is shown of /tmp, where the command is to see no other process, and a /tmp
                 and a /dev/shm that are new at each start
    """

    bubblewrap: bool
    hidden: tuple[Path, ...] = ()
    user: int | None = None
    alone: tuple[Path, ...] = ()

    def command(self, command: list[str]) -> list[str]:
        """The same command in the jail."""
        return [*self._view(), *self._limited(), *self._as_user(), *command]

    def _view(self) -> list[str]:
        if not self.bubblewrap:
            return []
        words = [_program("bwrap"), "--unshare-uts", "--die-with-parent"]
        words += _each("--ro-bind-try", SYSTEM)
        words += ["--dev", "/dev", *self._places()]
        veils = [one for one in self.hidden if one.is_relative_to(SHARED) and one.is_dir()]
        veils = [] if self.alone else veils
        words += [word for place in veils for word in ("--tmpfs", str(place))]
        shown = [place for place in python() if not place.is_relative_to("/usr")]
        shown += self.alone
        links = [link for link in links_to_python() if not link.is_relative_to(SHARED)]
        for parent in sorted({way for place in (*shown, *links) for way in place.parents[:-1]}):
            words += ["--perms", "0755", "--dir", str(parent)]
        words += _each("--ro-bind", shown)
        words += [word for link in links for word in ("--symlink", os.readlink(link), str(link))]
        for memory_without_bound in (*veils, "/dev", "/"):
            words += ["--remount-ro", str(memory_without_bound)]
        return words

    def _places(self) -> list[str]:
        """Where it may write: the cell's places, or its own when it is `alone`."""
        if not self.alone:
            return ["--dev-bind", "/dev/shm", "/dev/shm", "--bind", str(SHARED), str(SHARED)]
        words = ["--unshare-pid", "--unshare-ipc", "--proc", "/proc"]
        for place in (str(SHARED), "/dev/shm"):
            words += ["--perms", "1777", "--size", str(64 * MB), "--tmpfs", place]
        return words

    def _limited(self) -> list[str]:
        if not (prlimit := shutil.which("prlimit")):
            return []
        tasks = [f"--nproc={MOST_TASKS}"] if self.bubblewrap else []  # else all of ours count
        return [prlimit, *PROCESS_LIMITS, *tasks]

    def _as_user(self) -> list[str]:
        if self.user is None:
            return []
        who = [f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"]
        powers = ["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
        return [_program("setpriv"), *who, *powers, "--pdeathsig=KILL"]


_jail: Jail | None = None


def confine(jail: Jail | None) -> None:
    """From now on, what is opened as jailed runs like this; None: like everything else."""
    global _jail
    _jail = jail


def confined() -> Jail | None:
    """How submissions run in this process; None when they are not confined."""
    return _jail


def give(folder: Path) -> Path:
    """Let the submission's user write a new folder of ours, with what is in it; the folder."""
    if _jail and _jail.user is not None:
        for place in (folder, *folder.rglob("*")):
            os.chown(place, _jail.user, _jail.user, follow_symlinks=False)
        for parent in folder.parents:
            if parent.is_relative_to(SHARED) and parent != SHARED:
                parent.chmod(parent.stat().st_mode | 0o011)  # pass through, not look around
    return folder


def python() -> list[Path]:
    """The folders that this Python is made of, with this package and what it brings along."""
    places = [sys.prefix, sys.base_prefix, Path(workerlab.__file__).parent]
    if (brought := find_spec("UltraDict")) and brought.origin:
        places.append(Path(brought.origin).parent)
    if site.ENABLE_USER_SITE:
        places.append(site.getusersitepackages())
    found = {Path(place).resolve() for place in places} | {Path(sys.prefix)}
    return sorted(place for place in found if place.is_dir())


def links_to_python() -> list[Path]:
    """The symbolic links on the way to this interpreter, such as uv's, pyenv's or one's own.

    Not those in the folders of `python()` and of the system, which are seen as they are.
    """
    seen = (*SYSTEM, *python())
    found: list[Path] = []
    at, ahead = Path("/"), list(Path(sys.executable).parts[1:])
    while ahead:
        part = ahead.pop(0)
        at = at.parent if part == ".." else at / part
        if at.is_symlink() and at not in found:
            found.append(at)
            target = Path(os.readlink(at))
            ahead = [*target.parts[target.is_absolute() :], *ahead]
            at = Path("/") if target.is_absolute() else at.parent
    return [link for link in found if not any(map(link.is_relative_to, seen))]


def _program(name: str) -> str:
    return shutil.which(name) or name


def _each(option: str, places) -> list[str]:
    return [word for place in places for word in (option, str(place), str(place))]
