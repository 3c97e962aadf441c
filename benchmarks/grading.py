"""How long a student waits: the full check of lab 08, and the quick verdict after a save.

    python benchmarks/grading.py [--quick]

The full check grades the lab's solution in a process of its own, as `workerlab check` does. The
quick verdict is timed from the moment when the file is saved, with `workerlab check --watch
--quick` already waiting.
"""

import json
import os
import pty
import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parent.parent
WORKERLAB = [sys.executable, "-m", "workerlab"]
LAB = "lab08_redis"
VERDICT, WAITING = b" points", b"waiting"  # what ends a grading, and what follows it
FULL_TARGET_S, QUICK_TARGET_S = 15.0, 3.0


def full_check() -> float:
    """Seconds that `workerlab check lab08_redis` takes on the solution."""
    began = time.perf_counter()
    done = subprocess.run(
        [*WORKERLAB, "check", LAB, "--submission", "solutions"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()
    return time.perf_counter() - began


class Watching:
    """`workerlab check --watch --quick` on a terminal of its own."""

    def __init__(self, submission: Path) -> None:
        command = [*WORKERLAB, "check", LAB, "--quick", "--watch", "--trusted"]
        command += ["--submission", str(submission)]
        self.terminal, theirs = pty.openpty()
        self.unread = b""
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)
        os.close(self.terminal)

    def wait_for(self, words: bytes, deadline_s: float = 60) -> None:
        """Read what it prints until the words are there."""
        until = time.monotonic() + deadline_s
        while words not in self.unread:
            assert time.monotonic() < until, self.unread.decode(errors="replace")
            if select.select([self.terminal], [], [], 0.1)[0]:
                self.unread += os.read(self.terminal, 65536)
        self.unread = self.unread.partition(words)[2]


def quick_after_save(rounds: int) -> list[float]:
    """Seconds from each save to the points of its quick grading."""
    seconds = []
    with tempfile.TemporaryDirectory(prefix="workerlab-bench-") as folder:
        app = Path(folder, LAB, "app.py")
        app.parent.mkdir()
        shutil.copyfile(ROOT / "solutions" / LAB / "app.py", app)
        with Watching(Path(folder)) as watching:
            watching.wait_for(VERDICT)
            watching.wait_for(WAITING)
            for number in range(rounds):
                began = time.perf_counter()
                app.write_text(app.read_text() + f"# save {number}\n")
                watching.wait_for(VERDICT)
                seconds.append(time.perf_counter() - began)
                watching.wait_for(WAITING)
    return seconds


def measure(quick: bool = False) -> list[dict]:
    """Both waits, as rows of benchmarks/results.json."""
    full = [full_check() for _ in range(1 if quick else 3)]
    saves = quick_after_save(1 if quick else 5)
    return [
        row("full_check", f"the full check of {LAB} on its solution", full, FULL_TARGET_S),
        row("quick_verdict", f"from a save to the quick verdict on {LAB}", saves, QUICK_TARGET_S),
    ]


def row(name: str, what: str, seconds: list[float], target: float) -> dict:
    median = statistics.median(seconds)
    return {
        "id": name,
        "what": f"{what}; median of {len(seconds)}, at most {max(seconds):.1f} s",
        "value": round(median, 2),
        "unit": "s",
        "target": target,
        "holds": median <= target,
    }


if __name__ == "__main__":
    print(json.dumps(measure("--quick" in sys.argv), indent=2))
