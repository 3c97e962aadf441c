"""A whole tree of processes that takes this machine for macOS, as far as workerlab looks.

In it /proc is empty and `ps` is as there (ps.py); orphans go to process 1, no process is notified when
another process ends, and no process ends with its parent (a filter of system calls); each Python
has no pidfd, no abstract sockets, and spawn as start method (sitecustomize.py).
"""

from __future__ import annotations

import errno
import os
import platform
import shlex
import shutil
import struct
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PRCTL = {"x86_64": 157, "aarch64": 167}
PIDFD_OPEN = 434  # on every architecture
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06  # instructions of linux/filter.h
NUMBER, ARGUMENT = 0, 16  # where a system call's number and its first argument lie
ALLOW, ERROR = 0x7FFF0000, 0x00050000


def system_call_filter() -> bytes:
    """As linux/seccomp.h wants it: (instruction, skip if true, skip if false, operand)."""
    rows = [
        (LOAD, 0, 0, NUMBER),
        (IF_EQUAL, 5, 0, PIDFD_OPEN),
        (IF_EQUAL, 0, 3, PRCTL[platform.machine()]),
        (LOAD, 0, 0, ARGUMENT),
        (IF_EQUAL, 3, 0, PR_SET_PDEATHSIG),
        (IF_EQUAL, 2, 0, PR_SET_CHILD_SUBREAPER),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, ERROR | errno.ENOSYS),
        (RETURN, 0, 0, ERROR | errno.EINVAL),
    ]
    return b"".join(struct.pack("=HBBI", *row) for row in rows)


class Macos:
    """Runs commands as on macOS. `folder` is an empty one for what that needs."""

    def __init__(self, folder: Path) -> None:
        self.proc = folder / "real-proc"
        self.programs = folder / "bin"
        self.programs.mkdir()
        ps = self.programs / "ps"
        words = [sys.executable, "-I", "-S", str(HERE / "ps.py"), str(self.proc)]
        ps.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        ps.chmod(0o755)

    def run(self, *command: str, seconds: float = 120, **options) -> subprocess.CompletedProcess:
        """Run a command to its end, and capture what it prints. Other options are subprocess's."""
        env = {
            **os.environ,
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "PYTHONPATH": f"{HERE}:{os.environ.get('PYTHONPATH', '')}".rstrip(":"),
            "_PYTHON_SYSCONFIGDATA_NAME": sysconfig._get_sysconfigdata_name(),
            **options.pop("env", {}),
        }
        with tempfile.TemporaryFile() as filters:
            filters.write(system_call_filter())
            filters.seek(0)
            words = ["bwrap", "--dev-bind", "/", "/", "--unshare-pid", "--die-with-parent"]
            words += ["--cap-add", "ALL"] if os.getuid() == 0 else []
            words += ["--proc", str(self.proc), "--tmpfs", "/proc"]
            words += ["--seccomp", str(filters.fileno()), "--", *command]
            fds = (filters.fileno(),)
            return subprocess.run(
                words, env=env, pass_fds=fds, capture_output=True, text=True, timeout=seconds,
                **options,
            )  # fmt: skip


def needed(folder: Path) -> Macos:
    """Skip the test where such a tree cannot be had; fail where it has to be."""
    macos, why = Macos(folder), ""
    if platform.machine() not in PRCTL:
        why = f"the numbers of {platform.machine()}'s system calls are not known here"
    elif not shutil.which("bwrap"):
        why = "bubblewrap is not installed"
    elif (tried := macos.run("true")).returncode:
        why = tried.stderr.strip()
    if why:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            f"no macOS can be played here: {why}"
        )
    return macos
