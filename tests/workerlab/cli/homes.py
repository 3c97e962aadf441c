"""A small repository with one lab, and the command as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MARK = "WORKERLAB_TEST_MARK"
LAB = "lab50_small"

# `python -m workerlab`, which closes a descriptor when its first line runs.
FROM_ITS_FIRST_LINE = """
import os, sys
os.close(int(sys.argv.pop(1)))
from workerlab.cli import main
sys.exit(main())
"""

LAB_TOML = f"""
name = "{LAB}"
title = "A counter in a file"
edits = ["app.py"]
points = 3
workers = 2
"""

# Reads and writes in two steps, and has an endpoint for each way to misbehave.
RACY = """
import os
from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
FILE = Path(os.environ.get("STATE_FILE", "count"))


def read():
    return int(FILE.read_text()) if FILE.exists() else 0


@app.post("/increment")
async def increment():
    count = read()
    FILE.write_text(str(count + 1))
    return {"count": count + 1}


@app.get("/report")
async def report():
    return {"count": read()}


@app.post("/reset")
async def reset():
    FILE.write_text("0")
    return {"count": 0}
"""

# The same, and no other request reads between the two.
LOCKED = RACY.replace("import os\n", "import fcntl\nimport os\n").replace(
    """    count = read()
    FILE.write_text(str(count + 1))
    return""",
    """    with open("lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        count = read()
        FILE.write_text(str(count + 1))
    return""",
)

CHECKS = '''
"""Checks of a small lab."""

from workerlab.grading import check


@check("starts", title="It starts", points=1, quick=True, hints=("one?", "two", "three"))
def test_starts(server, tried):
    assert server.pids
    tried["requests"] += 2


@check("no_lost_update", title="All count", points=2, quick=True, hints=("one?", "two", "three"))
def test_no_lost_update(search):
    search("POST /increment | POST /increment", placements=("two workers",))
'''


@dataclass
class Home:
    """A repository with one lab, and commands that run in it."""

    folder: Path
    running: list[subprocess.Popen] = field(default_factory=list)

    @classmethod
    def make(cls, folder: Path) -> Home:
        """Write the repository into an empty folder."""
        home = cls(folder)
        for place in (home.app.parent, folder / "solutions" / LAB, home.checks.parent):
            place.mkdir(parents=True)
        (home.app.parent / "lab.toml").write_text(LAB_TOML)
        (home.app.parent / "README.md").write_text("# A counter in a file\n")
        home.app.write_text(RACY)
        (folder / "solutions" / LAB / "app.py").write_text(LOCKED)
        (folder / "solutions" / LAB / "WHY.md").write_text("One at a time.\n")
        home.checks.write_text(CHECKS)
        return home

    def __post_init__(self) -> None:
        self.mark = uuid.uuid4().hex

    @property
    def app(self) -> Path:
        return self.folder / "labs" / LAB / "app.py"

    @property
    def checks(self) -> Path:
        return self.folder / "tests" / "labs" / f"test_{LAB}.py"

    def environment(self, **more: str) -> dict[str, str]:
        names = {"REDIS_URL", "DATABASE_URL", "WORKERLAB_DEBUG"}
        kept = {name: value for name, value in os.environ.items() if name not in names}
        return {**kept, "WORKERLAB_HOME": str(self.folder), MARK: self.mark, **more}

    def start(self, *arguments: str, **env: str) -> subprocess.Popen:
        """Start `workerlab ARGUMENTS`; ended with the test in any case."""
        return self._spawn(["-m", "workerlab", *map(str, arguments)], **env)

    def _spawn(
        self, arguments: list[str], pass_fds: Sequence[int] = (), **env: str
    ) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            pass_fds=pass_fds,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.environment(**env),
            start_new_session=True,  # a terminal of its own, as it were
        )
        self.running.append(process)
        return process

    def start_at_its_first_line(self, *arguments: str) -> subprocess.Popen:
        """Start `workerlab ARGUMENTS`, and return when Python itself has started.

        Until then the process belongs to Python: it reports Ctrl-C in its own ways.
        """
        read, write = os.pipe()
        process = self._spawn(["-c", FROM_ITS_FIRST_LINE, str(write), *arguments], pass_fds=[write])
        os.close(write)
        with open(read, "rb") as closed_at_the_first_line:
            closed_at_the_first_line.read()
        return process

    def run(self, *arguments: str, timeout: float = 90, **env: str) -> subprocess.CompletedProcess:
        """Run `workerlab ARGUMENTS` to its end."""
        process = self.start(*arguments, **env)
        out, err = process.communicate(timeout=timeout)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def close(self) -> None:
        """End all that still runs."""
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def left(self) -> list[str]:
        """Every process that began with one of our commands and still runs."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                marked = f"{MARK}={self.mark}".encode() in (folder / "environ").read_bytes()
                if marked and (folder / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                    found.append((folder / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue  # it ended while we looked, or is not ours to read
        return found


def wait_until(holds: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Wait for a condition; a test failure that says what was awaited."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"waited {seconds:g} s for {what}"
        time.sleep(0.01)


def interrupt(process: subprocess.Popen) -> tuple[int, str, str]:
    """Press Ctrl-C once, as a terminal does; the exit status and what was printed."""
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def one_line_and_the_fix(err: str) -> None:
    """What a reader is owed: what is wrong, in one line, and what helps in the next."""
    lines = [line for line in err.splitlines() if not line.startswith(("  | ", "warning: "))]
    assert len(lines) == 2, err
    assert lines[0].startswith("error: "), err
    assert lines[1].startswith("  help: "), err
    assert "bug in workerlab" not in err, err
