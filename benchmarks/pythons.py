"""Does everything hold on every Python? One row for each, from 3.11 on, that this machine has.

    python benchmarks/pythons.py [--only 3.14 …] [--labs lab01,lab08] [--chapters] [--python PATH …]

Each Python gets an environment of its own, build/pythonX.Y, from requirements-test.lock. In it:
the engine's own tests pass, every lab's solution gets full marks, and every starter starts and
fails. Prints a table while it goes on, and writes benchmarks/pythons.json; rows of Pythons that
are not run are kept. Ctrl-C ends everything that was started. Exit status 1 if something fails.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from xml.etree import ElementTree as ET

from made import commit, write

from workerlab.errors import BadUsage, WorkerlabError
from workerlab.grading.authoring.runs import Job, jobs_for, judged
from workerlab.grading.authoring.verify import CAP_S
from workerlab.grading.manifest import Manifest, all_labs, find
from workerlab.grading.result import PASSED, Report
from workerlab.stepping.gates import KNOWN

ROOT = Path(__file__).parent.parent
RESULT = Path(__file__).with_suffix(".json")
LOCK = ROOT / "requirements-test.lock"
VERSIONS = re.findall(r"\d+\.\d+", KNOWN)
ENGINE, CHAPTERS = "tests/workerlab/stepping", "tests/notebooks/test_run.py"
HEAD = ("Python", "engine tests", "solutions", "starters", "chapters", "seconds")
WIDTHS = (9, 15, 12, 12, 12, 8)
PATIENCE_S = 20.0  # for what was interrupted to end by itself
EXAMPLES = f"""\
examples:
  benchmarks/pythons.py                                every Python that is found (an hour or more)
  benchmarks/pythons.py --only 3.14 --labs lab01,lab08 one Python and two labs (minutes)
  benchmarks/pythons.py --python /opt/python3.15/bin/python3.15

Looked for: python{VERSIONS[0]} to python{VERSIONS[-1]} on PATH, pyenv's, uv's, and the one that runs this.
With --labs nothing is written, because it is not the whole."""


class Interrupted(BaseException):
    """Ctrl-C, or another signal to end this process."""


# Which Pythons there are


def version_of(python: str | Path) -> str:
    """The version of a CPython in full, such as "3.14.2"; "" if it is no CPython that runs."""
    script = "import platform as p; print(p.python_implementation(), p.python_version())"
    with suppress(OSError, subprocess.SubprocessError):
        command = [str(python), "-I", "-c", script]
        told = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
        implementation, _, version = told.stdout.strip().partition(" ")
        return version if implementation == "CPython" else ""
    return ""


def minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def candidates() -> Iterator[str]:
    """Every place where a Python may be."""
    for name in VERSIONS:
        if found := shutil.which(f"python{name}"):
            yield found
    yield getattr(sys, "_base_executable", sys.executable)
    yield from map(str, sorted(Path.home().glob(".pyenv/versions/*/bin/python"), reverse=True))
    if uv := shutil.which("uv"):
        command = [uv, "python", "list", "--only-installed", "--output-format", "json"]
        with suppress(OSError, ValueError, subprocess.SubprocessError):
            told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
            yield from (entry["path"] for entry in json.loads(told.stdout) if entry.get("path"))


def find_pythons(named: list[str]) -> dict[str, str]:
    """The first Python that is found of each known version, those that were named before others.

    Raises BadUsage for a named one that cannot be used.
    """
    found: dict[str, str] = {}
    for python in named:
        version = version_of(python)
        if minor(version) not in VERSIONS:
            message = f"is CPython {version}" if version else "is no CPython that runs"
            raise BadUsage(f"{python} {message}", f"name one of {KNOWN}")
        found.setdefault(minor(version), python)
    for python in candidates():
        version = minor(version_of(python))
        if version in VERSIONS:
            found.setdefault(version, python)
    return {version: found[version] for version in VERSIONS if version in found}


# An environment for each


def environment(version: str, python: str) -> Path:
    """The interpreter of build/pythonX.Y, which is made if it is not there or of another lock.

    Raises BadUsage with the last lines of what went wrong.
    """
    folder = ROOT / f"build/python{version}"
    inner, ready = folder / "bin/python", folder / "made-from"
    made_from = f"{version_of(python)} {hashlib.sha256(LOCK.read_bytes()).hexdigest()}\n"
    if ready.exists() and ready.read_text() == made_from and version_of(inner):
        return inner
    note(f"{version}: making {folder.relative_to(ROOT)} (minutes the first time)")
    shutil.rmtree(folder, ignore_errors=True)
    lock = ["--quiet", "--require-hashes", "-r", str(LOCK)]
    itself = ["--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    if uv := shutil.which("uv"):
        install = [uv, "pip", "install", "--compile-bytecode", "--python", str(inner)]
        steps = [[uv, "venv", "--quiet", "--seed", "--python", python, str(folder)]]
    else:
        install = [str(inner), "-m", "pip", "--disable-pip-version-check", "install"]
        steps = [[python, "-m", "venv", str(folder)]]
    for command in (*steps, [*install, *lock], [*install, *itself]):
        with tempfile.TemporaryFile("w+") as log, started(command, log) as process:
            if process.wait():
                log.seek(0)
                message = " / ".join(log.read().strip().splitlines()[-3:])
                raise BadUsage(
                    f"{folder.name} cannot be made: {message}", "fix it, and run it again"
                )
    ready.write_text(made_from)
    return inner


@contextmanager
def started(command: list[str], output) -> Iterator[subprocess.Popen]:
    """A child process. It is interrupted if it still runs when this is left, then killed."""
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE_S)
            process.kill()
            process.wait()


# What is run in it


def tests(python: Path, path: str, what: str) -> dict:
    """Run a folder of tests: how many passed, failed and were skipped, and which failed."""
    with tempfile.TemporaryDirectory(prefix="workerlab-pythons-") as folder:
        result, log = Path(folder, "junit.xml"), Path(folder, "log")
        command = [str(python), "-m", "pytest", "-v", "-p", "no:cacheprovider"]
        with (
            open(log, "w") as output,
            started([*command, f"--junit-xml={result}", path], output) as process,
        ):
            while process.poll() is None:
                time.sleep(0.5)
                far = re.findall(r"\[ *(\d+)%\]", log.read_text(errors="replace"))
                note(f"{what}, {far[-1] if far else 0} %")
        return _counted(result, log)


def _counted(result: Path, log: Path) -> dict:
    found: dict = {"passed": 0, "failed": 0, "skipped": 0, "names": []}
    try:
        cases = list(ET.parse(result).iter("testcase"))
    except (OSError, ET.ParseError):
        told = log.read_text(errors="replace").strip().splitlines()[-1:]
        return {**found, "failed": 1, "names": told}
    for case in cases:
        inside = {child.tag for child in case}
        if inside & {"failure", "error"}:
            found["failed"] += 1
            found["names"].append(f"{case.get('classname')}::{case.get('name')}")
        else:
            found["skipped" if "skipped" in inside else "passed"] += 1
    return found


def gradings(python: Path, labs: list[Manifest], what: str, at_once: int) -> dict:
    """Grade each lab's starter and solution, some at once, each in a process of its own."""
    planned = [job for lab in labs for job in jobs_for(lab) if job.kind in ("starter", "solution")]
    found: dict = {"solution": 0, "starter": 0, "names": []}
    stop = Event()
    pool = ThreadPoolExecutor(at_once)
    note(f"{what}, 0 of {len(planned)}")
    try:
        futures = [pool.submit(graded, python, job, stop) for job in planned]
        for number, future in enumerate(as_completed(futures), 1):
            job, trouble = future.result()
            found[job.kind] += not trouble
            found["names"] += [f"{job.kind} of {job.lab}: {trouble}"] if trouble else []
            note(f"{what}, {number} of {len(planned)}")
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
    return found


def graded(python: Path, job: Job, stop: Event) -> tuple[Job, str]:
    """One grading in a process of its own; what is wrong with its result, or ""."""
    with tempfile.TemporaryDirectory(prefix="workerlab-pythons-") as folder:
        result, log = Path(folder, "result.json"), Path(folder, "log")
        what = {
            "lab": job.lab,
            "submission": str(job.submission),
            "only": (),
            "result": str(result),
        }
        command = [str(python), "-m", "workerlab.grading.authoring.one_run", json.dumps(what)]
        until = time.monotonic() + CAP_S
        with open(log, "w") as output, started(command, output) as process:
            while process.poll() is None:
                if stop.wait(0.2) or time.monotonic() > until:
                    return job, "interrupted" if stop.is_set() else f"not done after {CAP_S:g} s"
        try:
            lab = Report.read(result).labs[0]
        except (WorkerlabError, IndexError) as error:
            told = log.read_text(errors="replace").strip().splitlines()
            return job, f"it was not graded: {told[-1] if told else error}"
    holds, told = judged(job, lab)
    full = all(check.status == PASSED for check in lab.checks)
    right = holds and full == (job.kind == "solution")
    return job, "" if right else told


# What is shown and kept


def note(line: str) -> None:
    """Show what is being done, in place of what was shown before; nothing without a terminal."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\033[K{line[:width]}", end="", flush=True)


def say(line: str) -> None:
    print(f"\r\033[K{line}" if sys.stdout.isatty() else line, flush=True)


def cells(row: dict) -> tuple[str, ...]:
    def told(found: dict | None) -> str:
        if found is None:
            return "–"
        return f"{found['passed']} of {found['passed'] + found['failed']}"

    labs = len(row["labs"])
    return (
        row["python"],
        told(row["engine"]),
        f"{row['solutions']} of {labs}",
        f"{row['starters']} of {labs}",
        told(row["chapters"]),
        f"{row['seconds']:.0f}",
    )


def line_of(texts: tuple[str, ...]) -> str:
    return "  ".join(f"{text:<{width}}" for text, width in zip(texts, WIDTHS, strict=True)).rstrip()


def holds(row: dict) -> bool:
    labs = len(row["labs"])
    tested = [found for found in (row["engine"], row["chapters"]) if found]
    passed = all(found["passed"] and not found["failed"] for found in tested)
    return passed and row["solutions"] == row["starters"] == labs


def machine() -> dict:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"system": platform.system(), "machine": platform.machine(), "cores": cores}


def keep(row: dict) -> None:
    """Put a row into the kept results, in place of the one of the same Python."""
    try:
        rows = json.loads(RESULT.read_text(encoding="utf-8"))["pythons"]
    except (OSError, ValueError, KeyError):
        rows = []
    others = [other for other in rows if minor(other["python"]) != minor(row["python"])]
    rows = sorted([*others, row], key=lambda row: [int(n) for n in minor(row["python"]).split(".")])
    write(RESULT.name, {"pythons": rows})


def try_python(version: str, python: Path, asked: argparse.Namespace, labs: list[Manifest]) -> dict:
    """Everything on one Python, as a row."""
    began = time.monotonic()
    engine = tests(python, ENGINE, f"{version}: the engine's own tests")
    marks = gradings(python, labs, f"{version}: starters and solutions", asked.jobs)
    chapters = tests(python, CHAPTERS, f"{version}: chapters") if asked.chapters else None
    return {
        "python": version_of(python),
        "labs": [lab.name for lab in labs],
        "engine": engine,
        "solutions": marks["solution"],
        "starters": marks["starter"],
        "not_as_they_must_be": marks["names"],
        "chapters": chapters,
        "seconds": round(time.monotonic() - began, 1),
    }


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n    python")[0],
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", action="append", choices=VERSIONS, help="this Python only; may be repeated"
    )
    parser.add_argument(
        "--labs", default="", metavar="LAB,LAB", help="these labs only; writes nothing"
    )
    parser.add_argument("--chapters", action="store_true", help="run every chapter, too")
    parser.add_argument(
        "--python", action="append", default=[], metavar="PATH", help="a Python; may be repeated"
    )
    parser.add_argument("--jobs", type=int, default=2, help="gradings at once (2)")
    return parser.parse_args()


def run() -> int:
    asked = options()
    labs = [find(name) for name in asked.labs.split(",")] if asked.labs else all_labs()
    found = find_pythons(asked.python)
    tried, what, day = [], commit(), datetime.now(UTC).date().isoformat()
    say(line_of(HEAD))
    for version in asked.only or VERSIONS:
        if version not in found:
            say(f"{version:<9}  not on this machine (--python PATH names one)")
            continue
        row = try_python(version, environment(version, found[version]), asked, labs)
        row |= {"commit": what, "day": day, "machine": machine()}
        tried.append(row)
        say(line_of(cells(row)))
        chapters = row["chapters"] or {"names": []}
        for name in (*row["engine"]["names"], *row["not_as_they_must_be"], *chapters["names"]):
            say(f"  ✘ {name}")
        if not asked.labs:
            keep(row)
    if not tried:
        raise BadUsage("none of these Pythons is here", "install one, or name it with --python")
    return 0 if all(map(holds, tried)) else 1


def main() -> int:
    def interrupt(*_: object) -> None:
        raise Interrupted

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        return run()
    except Interrupted:
        say("interrupted; everything that was started has ended")
        return 130
    except WorkerlabError as error:
        say(f"error: {error}\n  help: {error.advice}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
