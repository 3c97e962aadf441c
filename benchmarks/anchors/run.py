"""One question, graded side by side by nbgrader, by Otter and by workerlab, in one run.

    python benchmarks/anchors/run.py [--rounds 3]

Times an honest class of four (two right, two wrong) with each tool in turn, so many rounds; then
grades hostile submissions one by one, and a class that has honest and hostile ones. The tools get an
environment of their own in build/, from requirements.lock. Writes results.json beside this file,
and its table into INSTRUCTORS.md. About ten minutes; needs bubblewrap only as far as `workerlab
grade` does.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from made import write
from servers import ONE, WHOLE, Workerlab
from sidetable import table

from notebooks import BOUND_S, Nbgrader, Otter

RESULTS, GUIDE = HERE / "results.json", ROOT / "INSTRUCTORS.md"
HONEST = {"right1": "right", "right2": "right", "wrong1": "wrong", "wrong2": "wrong"}
HOSTILE = ("exits", "loops", "forged")
# Their names in the order of the alphabet: an honest one before and after each of the others.
MIXED = {"a_right": "right", "exits": "exits", "forged": "forged", "loops": "loops"}
MIXED |= {"y_wrong": "wrong", "z_right": "right"}


def environment() -> Path:
    """The other tools' environment, made when it is not there or the lock has changed."""
    lock = HERE / "requirements.lock"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    venv = ROOT / "build/anchors-venv"
    ready = venv / "ready"
    if not ready.exists() or ready.read_text() != digest:
        print("making build/anchors-venv (a minute or two, once)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)
        install = [str(venv / "bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "--require-hashes", "-r", str(lock)], check=True)
        ready.write_text(digest)
    return venv


def versions(venv: Path) -> dict[str, str]:
    """Of the tools, as their own environment says."""
    names = ["nbgrader", "otter-grader", "nbclient", "ipykernel"]
    code = f"import importlib.metadata as m; print(*map(m.version, {names}))"
    done = subprocess.run(
        [str(venv / "bin/python"), "-c", code], check=True, capture_output=True, text=True
    )
    return dict(zip(names, done.stdout.split(), strict=True)) | {"workerlab": version("workerlab")}


def honest(tools: list, rounds: int) -> dict[str, dict]:
    """Seconds a submission in an honest class, each tool in turn in every round."""
    seconds: dict[str, list[float]] = {tool.name: [] for tool in tools}
    scores: dict[str, list[dict]] = {tool.name: [] for tool in tools}
    for number in range(rounds):
        for tool in tools:
            graded = tool.grade(HONEST)
            seconds[tool.name].append(round(graded.ran.seconds / len(HONEST), 2))
            scores[tool.name].append(graded.scores)
            print(f"round {number + 1}: {tool.name}: {seconds[tool.name][-1]} s each", flush=True)
    return {
        name: {
            "rounds_s": each,
            "seconds_each": round(statistics.median(each), 1),
            "scores": scores[name],
        }
        for name, each in seconds.items()
    }


def alone(tool) -> dict[str, dict]:
    """What the tool makes of each kind of hostile submission, graded on its own."""
    found = {}
    for kind in HOSTILE:
        graded = tool.grade({kind: kind})
        ran, one = graded.ran, graded.outcomes[kind]
        ending = {"seconds": ran.seconds, "exit_status": ran.status, "left": list(ran.left)}
        found[kind] = asdict(one) | ending | {"ended_by_us": ran.status is None}
        print(f"{tool.name}: {kind}: {one.score} of {one.maximum}, {ran.seconds} s", flush=True)
    return found


def together(tool) -> dict:
    """The marks of a class of honest and hostile submissions, graded by one command."""
    graded = tool.grade(MIXED)
    ran = graded.ran
    return {
        "exit_status": ran.status,
        "left": list(ran.left),
        "scores": graded.scores,
    }


def measured(place: Path, rounds: int) -> dict:
    venv = environment()
    began, busy = time.time(), os.getloadavg()[0]
    nbgrader, otter = Nbgrader(venv, place / "nbgrader"), Otter(venv, place / "otter")
    one, whole = Workerlab(ONE, place / "one"), Workerlab(WHOLE, place / "whole")
    tools = [nbgrader, otter, one, whole]
    times = honest(tools, rounds)
    rows = {}
    for tool in tools:
        rows[tool.name] = times[tool.name] | {"time_limit": tool.bound, "alone": alone(tool)}
    in_one_command = nbgrader, one
    with ThreadPoolExecutor() as both:  # at the same time: what they say counts, not how long
        for tool, mixed in zip(in_one_command, both.map(together, in_one_command), strict=True):
            rows[tool.name]["mixed_class"] = mixed
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime(began)),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "root": os.geteuid() == 0,
        "load_before": round(busy, 2),
        "minutes": round((time.time() - began) / 60, 1),
        "isolation": one.isolation,
        "versions": versions(venv),
        "rounds": rounds,
        "honest_class": len(HONEST),
        "otter_ended_after_s": BOUND_S,
        "differs": [
            "nbgrader and Otter run a function in one process, with 8 threads",
            "workerlab's one question starts Redis and a server of two workers for each submission",
            "lab 08 is the whole lab: all its checks, on five workers, with a search for schedules",
            "nbgrader grades one after the other; workerlab two at the same time (its default)",
            "otter run is one command a submission: otter grade takes a class, in Docker images",
            "each forgery was written for its tool, with knowledge of the tool's source",
        ],
        "tools": rows,
    }


def guide() -> str:
    return GUIDE.read_text(encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    before = table(json.loads(RESULTS.read_text(encoding="utf-8")))
    assert before in guide(), "the table in INSTRUCTORS.md is not that of results.json"
    with tempfile.TemporaryDirectory(prefix="workerlab-anchors-") as place:
        results = measured(Path(place), rounds)
    GUIDE.write_text(guide().replace(before, table(results)), encoding="utf-8")
    write(RESULTS.name, results, HERE)
    print(table(results))


if __name__ == "__main__":
    main()
