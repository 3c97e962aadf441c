"""What a submission's code and its stores may see and use while a class is graded.

A grading process calls `confine()` once. From then on each `Child(in_sandbox=True)`, which runs a
submission's code, is in a sandbox. It sees Python, the system's programs and the grading process's
own /tmp and /dev/shm, but no home folder, no other submission, no solution and no test. It may
write only to those two, it has limits, and when the grader is root, it runs as a user of its own.
A store, `Child(store=True)`, has a sandbox of its own: it sees its program and its folder, which
the submission does not see, and when the grader is root, it runs as yet another user.
"""

from __future__ import annotations

import os
import shutil
import site
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc")
PSEUDO = ("/proc", "/sys")  # what Linux reports about itself
SHARED = Path("/tmp")  # in a grading process: a file system of its own, in memory
MB = 1_000_000
# For each process. Memory is writable memory: data, heap, stacks of threads.
PROCESS_LIMITS = ("--core=0", "--nofile=4096", f"--fsize={256 * MB}", f"--data={2000 * MB}")
STORE_LIMITS = ("--core=0", "--nofile=4096", f"--fsize={512 * MB}", f"--data={800 * MB}")
MOST_TASKS = 1024  # processes and threads of one user: what stops a fork bomb's first second
# For the process tree of one command, and for all processes of a submission and its stores; the
# lifeline measures them again and again.
TREE_LIMITS = ("memory=1500000000", "processes=150", "all_memory=2000000000", "all_processes=400")
STORE_TREE_LIMITS = ("memory=800000000", "processes=250")
ROOM = {"/tmp": 1 << 28, "/dev/shm": 1 << 27}  # bytes that an instance on its own may keep there
NAMES = "passwd"  # in a store's folder: what its sandbox has for /etc/passwd
_FILTER = 9  # the descriptor by which bubblewrap is given the filter of system calls


@dataclass(frozen=True)
class Sandbox:
    """How submissions and their stores are confined in this process.

    bubblewrap   whether there is a file system of its own; else only the limits hold
    hidden       folders that must not be seen, also where they lie below /tmp
    user         the numeric user that a submission runs as, when we are root
    store_user   the one that its stores run as
    private      where the stores' and the grader's own folders are, which no submission sees
    filter       the file with the filter of system calls; None without one
    cpu          seconds of processor time for all that belongs to the submission; 0 is no limit
    alone        the folders of /tmp that the command sees, when it must see no other process; then
                 /tmp and /dev/shm are new at each start
    """

    bubblewrap: bool
    hidden: tuple[Path, ...] = ()
    user: int | None = None
    store_user: int | None = None
    private: Path | None = None
    filter: Path | None = None
    cpu: float = 0.0
    alone: tuple[Path, ...] = ()

    def command(self, command: list[str], apart: Iterable[Path] | None = None) -> list[str]:
        """The same command in the sandbox.

        apart   for an instance that is as if on another machine: it has a network, a /tmp and a
                /dev/shm of its own, and of ours only these folders
        """
        view = self._view(apart) if self.bubblewrap else []
        return [*view, *self._limited(PROCESS_LIMITS), *_as_user(self.user), *command]

    def empty(self, command: list[str]) -> list[str]:
        """A command of ours, with all of our powers, that sees what the submission's would see."""
        return [*self._view(None), *command]

    def store_command(
        self, command: list[str], folder: Path, programs: Iterable[Path]
    ) -> list[str]:
        """A store's command in its sandbox: it sees its programs, and may write its folder."""
        view = self._store_view(folder, programs) if self.bubblewrap else []
        return [*view, *self._limited(STORE_LIMITS), *_as_user(self.store_user), *command]

    def make_ready(self, folder: Path) -> None:
        """Give a store its folder, and give its user, which has no name on this machine, a name."""
        if self.store_user is not None:
            entry = f"store:x:{self.store_user}:{self.store_user}::/:/bin/sh\n"
            (folder / NAMES).write_text(entry)
            hand_over(folder, self.store_user)

    def tree_limits(self, *, store: bool) -> list[str]:
        """The options that tell the lifeline what to watch."""
        if store:
            return [*STORE_TREE_LIMITS]
        places = [place for place in ROOM if self.bubblewrap]
        if self.private and self.bubblewrap:
            places.append(str(self.private))
        return [*TREE_LIMITS, f"all_cpu={self.cpu:g}", f"all_in={':'.join(places)}"]

    def _view(self, apart: Iterable[Path] | None) -> list[str]:
        words = ["--unshare-uts", *_each("--ro-bind-try", (*SYSTEM, *PSEUDO)), "--dev", "/dev"]
        if apart is None and not self.alone:
            words += ["--dev-bind", "/dev/shm", "/dev/shm", "--bind", str(SHARED), str(SHARED)]
            places = []
        else:
            words += ["--unshare-ipc"]
            words += ["--unshare-pid", "--proc", "/proc"] if apart is None else ["--unshare-net"]
            for place, size in ROOM.items():
                words += ["--perms", "1777", "--size", str(size), "--tmpfs", place]
            places = [*(apart or ())]
        veils = [one for one in self.hidden if one.is_relative_to(SHARED) and one.is_dir()]
        veils = [] if self.alone else veils
        words += [word for place in veils for word in ("--tmpfs", str(place))]
        shown = [place for place in python() if not place.is_relative_to("/usr")]
        shown += self.alone
        links = [link for link in links_to_python() if not link.is_relative_to(SHARED)]
        words += passages((*shown, *links, *places))
        words += _each("--ro-bind", shown)
        words += [word for link in links for word in ("--symlink", os.readlink(link), str(link))]
        words += _each("--bind", places)
        for memory_without_bound in (*veils, "/dev", "/"):
            words += ["--remount-ro", str(memory_without_bound)]
        return self._bubblewrap(words)

    def _store_view(self, folder: Path, programs: Iterable[Path]) -> list[str]:
        """No /tmp, and of processes only its own. Its user must have a name in passwd."""
        shown = [place for place in programs if not place.is_relative_to("/usr")]
        words = ["--unshare-uts", "--unshare-pid", *_each("--ro-bind-try", SYSTEM)]
        words += ["--dev", "/dev", "--proc", "/proc"]
        words += ["--ro-bind-try", str(folder / NAMES), "/etc/passwd"]
        words += [*passages((*shown, folder)), *_each("--ro-bind", shown)]
        words += _each("--bind", (folder,))
        words += ["--remount-ro", "/dev", "--remount-ro", "/"]
        return self._bubblewrap(words)

    def _bubblewrap(self, words: list[str]) -> list[str]:
        """bubblewrap with these words, and with the filter of system calls."""
        whole = [_program("bwrap"), "--die-with-parent", *words]
        if self.filter is None:
            return whole
        # Opened anew at each start: bubblewrap reads the descriptor to its end.
        opens = f'exec {_FILTER}<"$0"; exec "$@"'
        whole[1:1] = ["--seccomp", str(_FILTER)]
        return ["/bin/sh", "-c", opens, str(self.filter), *whole]

    def _limited(self, limits: tuple[str, ...]) -> list[str]:
        if not (prlimit := shutil.which("prlimit")):
            return []
        counted = self.bubblewrap or self.user is not None  # else all of ours count
        tasks = [f"--nproc={MOST_TASKS}"] if counted else []
        return [prlimit, *limits, *tasks]


def _as_user(user: int | None) -> list[str]:
    if user is None:
        return []
    user_options = [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    powers = ["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
    return [_program("setpriv"), *user_options, *powers, "--pdeathsig=KILL"]


_sandbox: Sandbox | None = None


def confine(sandbox: Sandbox | None) -> None:
    """From now on, `Child(in_sandbox=True)` runs in this sandbox; None: as any other command."""
    global _sandbox
    _sandbox = sandbox


def confined() -> Sandbox | None:
    """How submissions run in this process; None when they are not confined."""
    return _sandbox


def give(folder: Path) -> Path:
    """Let the submission's user write a new folder of ours, with its content; the folder."""
    if _sandbox and _sandbox.user is not None:
        hand_over(folder, _sandbox.user)
        for parent in folder.parents:
            ours = parent.is_relative_to(SHARED) or parent.name.startswith("workerlab-")
            if ours and parent != SHARED:
                parent.chmod(parent.stat().st_mode | 0o011)  # pass through, not look around
    return folder


def hand_over(folder: Path, user: int) -> None:
    """Make a folder, with its content, a user's; of a link, the link itself and not its target."""
    for place in (folder, *folder.rglob("*")):
        os.chown(place, user, user, follow_symlinks=False)


def python() -> list[Path]:
    """The folders that this Python is made of, with this package and what it brings along."""
    places: list[str | Path] = [sys.prefix, sys.base_prefix, PACKAGE]
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
    seen: tuple[str | Path, ...] = (*SYSTEM, *PSEUDO, *python())
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


def passages(places: Iterable[Path]) -> list[str]:
    """The folders on the way to these places, which every user may pass and look around in."""
    parents = sorted({way for place in places for way in place.parents[:-1]})
    return [
        word
        for parent in parents
        if str(parent) not in ROOM
        if not any(parent.is_relative_to(known) for known in (*SYSTEM, *PSEUDO))
        for word in ("--perms", "0755", "--dir", str(parent))
    ]


def _program(name: str) -> str:
    return shutil.which(name) or name


def _each(option: str, places: Iterable[str | Path]) -> list[str]:
    return [word for place in places for word in (option, str(place), str(place))]
