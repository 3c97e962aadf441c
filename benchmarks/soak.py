"""The same verdict every time, however busy the machine is.

    python benchmarks/soak.py [--gradings 20] [--searches 500] [--busy 8] [--jobs 4]

While busy processes take the cores, and several of our own run beside each other: full gradings
of lab 08's solution, starter and three mutants, and searches of a racy, a right and a
lock-guarded app. Each kind must end the same way every time; exit status 1 when anything flips.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from made import write

from workerlab.services import Redis
from workerlab.stepping import SteppedServer, search

ROOT = Path(__file__).parent.parent
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
RIGHT = ("grading solution", "searching correct", "searching lock-guarded")
PROGRAM = "POST /increment | POST /increment"
CHUNK = 25  # searches on one set of workers


@contextmanager
def busy(count: int) -> Iterator[None]:
    """That many processes that do nothing but use the processor; they end with their input.

    Each in a session of its own, since Linux may share the processor out by session (autogroup).
    """
    script = (
        "import sys, threading, os\n"
        "threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()\n"
        "while True: pass"
    )
    command = [sys.executable, "-c", script]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        for _ in range(count)
    ]
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


def searched(app: str, first: int, last: int) -> Counter:
    """The verdicts of searches with these seeds, on one set of workers in a process of its own."""
    command = [sys.executable, __file__, "--app", app, "--seeds", str(first), str(last)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        return Counter({f"no result: {done.stderr.strip()[-300:]}": last - first})
    return Counter(json.loads(done.stdout))


def search_seeds(app: str, first: int, last: int) -> Counter:
    counted: Counter = Counter()
    redis = Redis(own=True)
    with (
        redis as url,
        SteppedServer(ROOT / APPS[app], env={"REDIS_URL": url}, services=[redis.pid]) as stepped,
    ):
        for seed in range(first, last):
            found = search(stepped, PROGRAM, seed=seed, seconds=0.7, schedules=25)
            told = found.status == "inconclusive" and f": {found.message}"
            counted[found.status + (told or "")] += 1
    return counted


def soak(jobs: int, gradings: int, searches: int) -> Iterator[tuple[str, Counter]]:
    """What each kind of work ended as, as soon as all of that kind is done."""
    with ThreadPoolExecutor(jobs) as pool:
        waiting: dict[str, list[Future]] = {}
        for app in APPS:
            chunks = range(0, searches, CHUNK)
            waiting[f"searching {app}"] = [
                pool.submit(searched, app, first, min(first + CHUNK, searches)) for first in chunks
            ]
        for name, path in SUBMISSIONS.items():
            waiting[f"grading {name}"] = [pool.submit(graded, path) for _ in range(gradings)]
        for what, futures in waiting.items():
            total: Counter = Counter()
            for number, future in enumerate(as_completed(futures), 1):
                total += future.result()
                print(f"\r{what}: {number} of {len(futures)}  ", end="", flush=True)
            yield what, total


def graded(submission: str) -> Counter:
    return Counter([verdict_of(submission)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--gradings", type=int, default=20, help="of each submission")
    parser.add_argument("--searches", type=int, default=500, help="of each app")
    parser.add_argument("--jobs", type=int, default=4, help="gradings or searches at once")
    parser.add_argument("--app", choices=APPS, help=argparse.SUPPRESS)
    parser.add_argument("--seeds", type=int, nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--busy", type=int, default=8, help="processes that use the processor")
    options = parser.parse_args()
    if options.app:
        print(json.dumps(search_seeds(options.app, *options.seeds)))
        return 0
    began, told = time.monotonic(), []
    with busy(options.busy):
        for what, counted in soak(options.jobs, options.gradings, options.searches):
            (verdict, *flipped) = counted
            holds = not flipped and verdict.startswith("passed" if what in RIGHT else "failed")
            print(f"\r{'✔' if holds else '✘'} {what}: {dict(counted)}", flush=True)
            told.append({"what": what, "verdicts": counted, "holds": holds})
            write("soak.json", {"rows": told})
    print(f"{time.monotonic() - began:.0f} s")
    return 0 if all(row["holds"] for row in told) else 1


if __name__ == "__main__":
    sys.exit(main())
