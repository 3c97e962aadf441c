"""The same verdict every time, however busy the machine is.

    python benchmarks/soak.py [--gradings 20] [--searches 500] [--busy 8]

While busy processes take the cores: full gradings of lab 08's solution, starter and three
mutants, and searches of a racy, a right and a lock-guarded app. Each kind must end the same
way every time; exit status 1 when anything flips.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workerlab.services import Redis
from workerlab.stepping import Stage, search

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).with_name("soak.json")
LAB = "lab08_redis"
SUBMISSIONS = {
    "solution": "solutions",
    "starter": "labs",
    "get_then_set": f"tests/mutants/{LAB}/get_then_set",
    "lock_without_expiry": f"tests/mutants/{LAB}/lock_without_expiry",
    "wiped_at_start_up": f"tests/mutants/{LAB}/wiped_at_start_up",
}
APPS = {
    "racy": f"tests/mutants/{LAB}/get_then_set/app.py",
    "correct": f"solutions/{LAB}/app.py",
    "lock-guarded": f"tests/mutants/{LAB}/right_lock_with_expiry/app.py",
}
PROGRAM = "POST /increment | POST /increment"
RENEW_EVERY = 50  # searches on one set of workers


@contextmanager
def busy(count: int) -> Iterator[None]:
    """That many processes that do nothing but use the processor; they end with their input."""
    script = (
        "import sys, threading, os\n"
        "threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()\n"
        "while True: pass"
    )
    command = [sys.executable, "-c", script]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.stdin.close()
            process.wait()


def verdict_of(submission: str) -> str:
    """One full grading in a process of its own: the status of the lab and of every check."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, "-m", "workerlab", "check", LAB, "--json", file.name]
        done = subprocess.run(
            [*command, "--submission", submission],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            (lab,) = json.loads(Path(file.name).read_text())["labs"]
        except ValueError:
            return f"no result: {done.stderr.strip()}"
    statuses = {check["id"]: check["status"] for check in lab["checks"]}
    wrong = sorted(f"{name} {status}" for name, status in statuses.items() if status != "passed")
    return f"{lab['status']}: {', '.join(wrong) or 'all checks'}"


def gradings(times: int) -> Iterator[tuple[str, Counter]]:
    for name, submission in SUBMISSIONS.items():
        counted: Counter = Counter()
        for number in range(times):
            counted[verdict_of(submission)] += 1
            print(f"\r{name}: {number + 1} of {times}", end="", flush=True)
        yield f"grading {name}", counted


def searches(times: int) -> Iterator[tuple[str, Counter]]:
    for name, app in APPS.items():
        counted: Counter = Counter()
        for first in range(0, times, RENEW_EVERY):
            redis = Redis(own=True)
            with (
                redis as url,
                Stage(ROOT / app, env={"REDIS_URL": url}, services=[redis.pid]) as stage,
            ):
                for seed in range(first, min(first + RENEW_EVERY, times)):
                    found = search(stage, PROGRAM, seed=seed, seconds=0.7, schedules=25)
                    counted[found.status] += 1
                    if found.status == "inconclusive":
                        print(f"\n{found.message}")
                    print(f"\r{name}: {seed + 1} of {times}", end="", flush=True)
        yield f"searching {name}", counted


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--gradings", type=int, default=20, help="of each submission")
    parser.add_argument("--searches", type=int, default=500, help="of each app")
    parser.add_argument("--busy", type=int, default=8, help="processes that use the processor")
    options = parser.parse_args()
    began, told = time.monotonic(), []
    with busy(options.busy):
        for kind, run in ((searches, options.searches), (gradings, options.gradings)):
            for what, counted in kind(run):
                print(f"\r{'✔' if len(counted) == 1 else '✘'} {what}: {dict(counted)}", flush=True)
                told.append({"what": what, "verdicts": counted, "holds": len(counted) == 1})
                RESULTS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    print(f"{time.monotonic() - began:.0f} s")
    return 0 if all(row["holds"] for row in told) else 1


if __name__ == "__main__":
    sys.exit(main())
