"""Starts and stops of everything at once, some by SIGKILL of the caller; counts what is left.

    python benchmarks/leaks.py [--rounds 200] [--kills 20] [--seed 1]

Each round runs a caller in a process of its own: a private Redis, a private PostgreSQL, and a
server whose app leaves behind what apps do (a manager process, a sleeping child, shared memory).
The caller stops them, or is killed at a random moment, starting and stopping included. Then
nothing of it may be left: no process, no listening port, no Unix socket, no temporary folder, no
shared memory.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "WORKERLAB_LEAK_ROUND"  # in the environment of every process of a round
GONE_WITHIN = 15.0  # seconds after the caller's end in which everything must have gone
LONGEST_ROUND = 60.0  # seconds
RUNNERS = ("uvicorn", "gunicorn", "preload", "instances")
APP = """
import multiprocessing, os, subprocess, tempfile
from contextlib import asynccontextmanager
from multiprocessing import shared_memory
from fastapi import FastAPI


@asynccontextmanager
async def leave_everything(app):
    app.state.manager = multiprocessing.get_context("fork").Manager()
    app.state.child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    app.state.memory = shared_memory.SharedMemory(create=True, size=4096)
    app.state.folder = tempfile.mkdtemp()
    yield


app = FastAPI(lifespan=leave_everything)
"""


def call(runner: str, with_postgres: bool) -> None:
    """One round, from the caller's side: start everything, use it, stop it."""
    from workerlab.servers import Server
    from workerlab.services import Postgres, Redis

    app = Path(tempfile.gettempdir(), "app.py")
    app.write_text(APP)
    redis, postgres = Redis(own=True), Postgres(own=True)
    redis.start()
    if with_postgres:
        postgres.start()
    with Server(app, workers=2, runner=runner) as server:
        print("ports", redis.port, postgres.port, *(u.rpartition(":")[2] for u in server.urls))
        sys.stdout.flush()
        if runner != "instances":
            server.kill(server.pids[0])
            server.wait_for_workers()
        else:
            server.restart()
    redis.close()
    postgres.close()


class Round:
    """A caller, and what it may have left."""

    def __init__(self, runner: str, with_postgres: bool) -> None:
        self.mark = secrets.token_hex(8)
        self.folder = Path(tempfile.mkdtemp(prefix="leaks-"))
        self.folder.chmod(0o711)  # for the user that PostgreSQL runs as
        self.shared_memory = set(_shared_memory())
        self.caller = subprocess.Popen(
            [sys.executable, __file__, "--call", runner, *["--postgres"] * with_postgres],
            env={**os.environ, MARK: self.mark, "TMPDIR": str(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, kill_after: float | None = None) -> None:
        """Let the caller come to its end, or kill it after so many seconds."""
        try:
            out, err = self.caller.communicate(timeout=kill_after or LONGEST_ROUND)
        except subprocess.TimeoutExpired:
            self.caller.send_signal(signal.SIGKILL)
            out, err = self.caller.communicate()
        if kill_after is None and self.caller.returncode:
            raise RuntimeError(f"a round failed:\n{err}")
        self.ports = [int(port) for port in out.split()[1:] if port != "0"]

    def left(self) -> list[str]:
        """What is still there, one line each, after waiting for it to go; then removes it."""
        until = time.monotonic() + GONE_WITHIN
        while (left := [*self._left()]) and time.monotonic() < until:
            time.sleep(0.05)
        for pid in _marked(self.mark):
            os.kill(pid, signal.SIGKILL)
        subprocess.run(["rm", "-rf", str(self.folder)], check=True)
        return left

    def _left(self) -> Iterator[str]:
        yield from (f"process {pid}" for pid in _marked(self.mark))
        listening = _listening()
        yield from (f"port {port}" for port in self.ports if port in listening)
        sockets = Path("/proc/net/unix").read_text()
        if str(self.folder) in sockets:
            yield "Unix socket"
        yield from (f"file {path.name}" for path in self.folder.iterdir() if path.name != "app.py")
        new = set(_shared_memory()) - self.shared_memory
        yield from (f"shared memory {name}" for name in new)


def _marked(mark: str) -> Iterator[int]:
    """The live processes of a round, known by their environment."""
    line = f"{MARK}={mark}".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if line in path.read_bytes().split(b"\0"):
                yield int(path.parent.name)
        except OSError:  # it ended, or is not ours
            continue


def _listening() -> set[int]:
    """The TCP ports on which a process listens."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A"}


def _shared_memory() -> Iterator[str]:
    """Shared memory, POSIX and System V, that no process has any more."""
    mapped = "".join(_maps())
    # Segments are files; a folder there is a store's, perhaps of another test.
    files = (entry.name for entry in os.scandir("/dev/shm") if entry.is_file())
    yield from (name for name in files if name not in mapped)
    for row in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]:
        _, segment, _, _, creator, _, attached, *_ = row.split()
        if attached == "0" and not Path("/proc", creator).exists():
            yield f"System V segment {segment}"


def _maps() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/maps"):
        try:
            yield from (line for line in path.read_text().splitlines() if "/dev/shm/" in line)
        except OSError:
            continue


def rounds(count: int, kills: int, seed: int, tell=lambda line: None) -> list[str]:
    """Run `count` rounds, `kills` of them ended by SIGKILL; returns a line for all that is left."""
    dice = random.Random(seed)
    killed = set(dice.sample(range(count), kills))
    left = []
    for number in range(count):
        this = Round(dice.choice(RUNNERS), with_postgres=dice.random() < 0.5)
        this.end(dice.uniform(0.02, 4.0) if number in killed else None)
        found = this.left()
        left += [f"round {number}: {line}" for line in found]
        tell(f"round {number}: {'killed' if number in killed else 'stopped'}, left {found or 0}")
    return left


def measure(quick: bool = False, seed: int = 1, tell=lambda line: None) -> list[dict]:
    """How much 200 starts and stops leave behind, as one row of benchmarks/results.json."""
    count, kills = (12, 4) if quick else (200, 20)
    left = rounds(count, kills, seed, tell)
    return [
        {
            "id": "left_behind",
            "what": f"processes, ports, sockets, files and shared memory left by {count} starts "
            f"and stops, {kills} of them by SIGKILL of the caller (seed {seed})",
            "value": len(left),
            "unit": "leaks",
            "target": 0,
            "holds": not left,
        }
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--call", choices=RUNNERS, help=argparse.SUPPRESS)
    parser.add_argument("--postgres", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.call:
        call(options.call, options.postgres)
        return 0
    left = rounds(options.rounds, options.kills, options.seed, lambda line: print(line, flush=True))
    print(json.dumps({"rounds": options.rounds, "kills": options.kills, "left": left}, indent=2))
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
