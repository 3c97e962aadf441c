"""What the tests of the sandbox have in common."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workerlab.grading.batch.isolation import isolated_command, sandbox_of, sandbox_order, why_not
from workerlab.grading.manifest import find
from workerlab.processes.child import Child


def needed() -> None:
    """Skip the test where there is no sandbox; fail in CI, where there must be one."""
    if why := why_not():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"there is no sandbox here: {why}")


def in_sandbox(script: str, *words: object, source: Path = Path("/nonexistent")) -> str:
    """What a Python script prints when it runs as a submission's code does: in the sandbox.

    `source` is what was handed in. Raises CalledProcessError.
    """
    return in_grading_process(
        sandbox_of(sandbox_order(), source).command(python(script, *words)), source=source
    )


def in_grading_process(
    command: list[str],
    *,
    source: Path = Path("/nonexistent"),
    lab: str | None = None,
    env: dict[str, str] | None = None,
    seconds: float = 30,
) -> str:
    """What a command prints where the grading process of one submission and one lab runs."""
    shown = [source] if source.exists() else []
    graded = find(lab) if lab else None
    done = subprocess.run(
        isolated_command(command, shown=shown, lab=graded),
        capture_output=True,
        text=True,
        timeout=seconds,
        env=env,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def free(script: str, *words: object) -> str:
    """The same script without a sandbox: shows that only the sandbox stops it."""
    done = subprocess.run(python(script, *words), capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


def in_the_open(command: list[str]) -> list[str]:
    """The command where every user may run this Python: root's own lies in a closed folder.

    In mounts of its own, in which root's home holds nothing else. Skips where we are not root.
    """
    if os.getuid() != 0:
        pytest.skip("only root can run something as another user")
    base = Path(sys.base_prefix).resolve()
    home = Path.home().resolve()
    if not base.is_relative_to(home) or home.stat().st_mode & 0o001:
        return command
    script = (
        'set -e; mkdir -p "$1"; mount --bind "$0" "$1"; mount -t tmpfs -o mode=755 none "$2"; '
        'mkdir -p "$0"; mount --bind "$1" "$0"; umount "$1"; rmdir "$1"; shift 2; exec "$@"'
    )
    aside = f"/tmp/workerlab-test-{os.getpid()}-{time.monotonic_ns()}"
    words = ["sh", "-c", script, str(base), aside, str(home), *command]
    return [shutil.which("unshare"), "--mount", *words]


def without_bubblewrap(place: Path) -> str:
    """A PATH in a new folder on which all the system's programs are found but bubblewrap."""
    place.mkdir()
    for folder in os.environ["PATH"].split(os.pathsep):
        for program in Path(folder).glob("*"):
            link = place / program.name
            if program.name != "bwrap" and not link.is_symlink():
                link.symlink_to(program)
    place.chmod(0o755)
    return str(place)


def python(script: str, *words: object) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", script, *map(str, words)]


def ended(child: Child, seconds: float = 20.0) -> int:
    """The status of a child that ends by itself, or is ended for what it took."""
    until = time.monotonic() + seconds
    while child.poll() is None:
        assert time.monotonic() < until, f"it went on for {seconds:g} s: {child.log[-500:]}"
        time.sleep(0.005)
    return child.status
