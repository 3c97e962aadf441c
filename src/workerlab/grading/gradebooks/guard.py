"""The conditions for running a submission beside its own results, as on Gradescope.

There the autograder is root in one container, and only results.json counts. So
either each submission has a sandbox, or it runs as another user that can neither write the
results nor signal the autograder nor read what Gradescope says about the class. This is not
assumed: a process of such a user tries each first, and if one succeeds, nothing is graded.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

from workerlab.grading.batch import isolation
from workerlab.processes import users
from workerlab.processes.sandbox import Sandbox

RESULTS, METADATA = "results", "submission_metadata.json"
TRY_S = 20.0  # seconds for the try
# Each thing that succeeds and must not is a word that it prints.
TRIES = """
import os, sys

root, results, metadata, pid = sys.argv[1:]

def may(what, work):
    try:
        work()
    except OSError:
        return
    print(what)

def overwrite():
    os.close(os.open(os.path.join(results, "results.json"), os.O_WRONLY | os.O_CREAT, 0o600))

may("write the results", lambda: open(os.path.join(results, "try"), "w").close())
may("write the results", overwrite)
may("put something in the place of the results", lambda: os.rename(results, results + ".away"))
may("write beside the results", lambda: open(os.path.join(root, "try"), "w").close())
may("read what Gradescope says about the class", lambda: open(metadata).close())
may("signal the autograder", lambda: os.kill(int(pid), 0))
print("tried")
"""


def why_unsafe(root: Path) -> str:
    """Why no submission may run beside ROOT/results; "" when it may. Closes what it can."""
    results = root / RESULTS
    if results.is_symlink():
        return "the folder for the results is a link"
    if not isolation.why_not():
        return ""
    why = f"no sandbox ({isolation.why_not()})"
    if none := users.why_none():
        return f"there is {why} and no user of its own for a submission ({none})"
    try:
        _close(root)
    except OSError as error:
        return f"there is {why}, and {error.filename} cannot be closed: {error.strerror}"
    return _tried(root)


def _close(root: Path) -> None:
    """Only root may write the results and what lies beside them, or read the rest."""
    os.chmod(root, stat.S_IMODE(root.stat().st_mode) & ~0o022)
    for name, mode in ((RESULTS, 0o700), ("submission", 0o700), (METADATA, 0o600)):
        place = root / name
        if place.is_symlink():
            raise OSError(0, "it is a link", str(place))
        if place.exists():
            os.chown(place, 0, 0)
            os.chmod(place, mode)


def _tried(root: Path) -> str:
    """What the user of a submission can do all the same; "" for nothing."""
    words = [root, root / RESULTS, root / METADATA, os.getpid()]
    command = [sys.executable, "-I", "-S", "-c", TRIES, *map(str, words)]
    try:
        done = subprocess.run(
            Sandbox(False, user=users.unused()).command(command),
            capture_output=True,
            text=True,
            timeout=TRY_S,
            cwd="/",
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"what a submission may do here could not be tried: {error}"
    *could, last = done.stdout.splitlines() or [""]
    if last != "tried":
        return f"what a submission may do here could not be tried: {done.stderr[-200:]}"
    return f"a submission could {' and '.join(dict.fromkeys(could))}" if could else ""
