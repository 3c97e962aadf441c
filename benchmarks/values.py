"""Are the values beside the steps of all pictures true? Each is compared with what the store held.

    python benchmarks/values.py [--only NAME …] [--again]

Goes over all chapters and levels, and all wrong mutants of the labs, each with the check that it dies
by. Every schedule that is run to be shown meanwhile is watched by a witness (`witness/`), which looks
into the stores before each step and shares no code with what makes the labels. Writes
benchmarks/values.json.

A NAME is a lab (lab08_redis), one of its mutants (lab08_redis/get_then_set), a chapter (08-redis), or
levels (one of them: levels/an-empty-file).
What was judged of each is kept in build/values until the code changes; a whole run, which takes an
hour, goes on from there when it was broken off. Exit status 1 when a label is wrong.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from made import write

from workerlab.grading.authoring.forked_runs import ForkedRuns
from workerlab.levels.definitions import LEVELS

ROOT = Path(__file__).parent.parent
KEPT = ROOT / "build" / "values"
START = Path(__file__).parent / "witness" / "start"
MADE_OF = (
    "src/workerlab",
    "labs",
    "tests/labs",
    "tests/mutants",
    "notebooks",
    "benchmarks/witness",
)
CAP_S = 600.0  # for one grading, or one chapter
WITHOUT_SCHEDULES = ("lab01_detective", "lab09_cache", "lab17_fanout", "lab18_once", "lab19_limits")
VERDICTS = ("true", "wrong", "not judged", "broken")


@dataclass(frozen=True)
class Picture:
    """What makes pictures: a grading of one mutant by one check, or a chapter."""

    group: str  # the lab, or the chapter
    name: str
    check: str = ""

    @property
    def file(self) -> Path:
        return KEPT / f"{self.name.replace('/', '.')}.jsonl"


def pictures() -> Iterator[Picture]:
    """All there are, the labs first."""
    for table in sorted((ROOT / "tests" / "mutants").glob("*/mutants.toml")):
        lab = table.parent.name
        checks = makes_pictures(lab)
        for name, what in tomllib.loads(table.read_text(encoding="utf-8")).items():
            if what.get("dies_by") in checks:
                yield Picture(lab, f"{lab}/{name}", what["dies_by"])
    for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb")):
        yield Picture(path.stem, path.stem)
    yield from (Picture("levels", f"levels/{one.name}") for one in LEVELS)


def makes_pictures(lab: str) -> set[str]:
    """The checks of a lab in which schedules are run: those with such a fixture."""
    tree = ast.parse((ROOT / "tests" / "labs" / f"test_{lab}.py").read_text(encoding="utf-8"))
    found = {
        node.name.removeprefix("test_")
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and {one.arg for one in node.args.args} & {"search", "crash", "court"}
    }
    assert found or lab in WITHOUT_SCHEDULES, f"no check of {lab} runs schedules any more"
    return found


def judge(picture: Picture, gradings: ForkedRuns) -> str:
    """Make the pictures while the witness looks; "" or, in words, what went wrong."""
    unfinished = picture.file.with_suffix(".unfinished")
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    unfinished.write_text("")
    os.environ["WITNESS"] = str(unfinished)
    problem = (graded if picture.check else executed)(picture, gradings)
    if not problem:
        unfinished.replace(picture.file)
    return problem


def graded(picture: Picture, gradings: ForkedRuns) -> str:
    """Grade a mutant by the check that it dies by."""
    with tempfile.TemporaryDirectory(prefix="values-") as folder:
        job = {
            "lab": picture.group,
            "submission": str(ROOT / "tests" / "mutants" / picture.name),
            "only": [picture.check],
            "quick": False,
            "result": f"{folder}/result.json",
        }
        status = gradings.run(job, f"{folder}/errors", CAP_S, Event())
        if status in (0, 1):
            return ""
        return Path(folder, "errors").read_text().strip()[-400:] or f"exit status {status}"


CHAPTER = "import sys, executed; executed.run(executed.NOTEBOOKS / f'{sys.argv[1]}.ipynb', {})"
LEVEL = """
import sys, pathlib
from workerlab.levels.definitions import LEVELS
from workerlab.levels.recording import record
(level,) = [one for one in LEVELS if one.name == sys.argv[1]]
record(level, pathlib.Path(sys.argv[2], "notebooks", "levels"), {})
"""


def executed(picture: Picture, _: ForkedRuns) -> str:
    """Execute a chapter, or record a level anew; what comes out is forgotten."""
    code = LEVEL if picture.group == "levels" else CHAPTER
    name = picture.name.removeprefix("levels/")
    path = {"PYTHONPATH": f"{os.environ['PYTHONPATH']}:{ROOT / 'site'}"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, name, str(ROOT)], env=os.environ | path,
            timeout=CAP_S, capture_output=True, text=True, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"took more than {CAP_S:g} s"
    return "" if done.returncode == 0 else done.stderr.strip()[-400:]


def rows_of(picture: Picture) -> list[dict[str, Any]]:
    if not picture.file.exists():
        return []
    lines = picture.file.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def summary(every: list[Picture], failed: dict[str, str]) -> dict[str, Any]:
    """The table: of each lab and chapter how many labels there are, and what was found of them."""
    groups: dict[str, list[dict[str, Any]]] = {one.group: [] for one in every}
    for one in every:
        groups[one.group] += rows_of(one)
    everything = [row for rows in groups.values() for row in rows]
    return {
        **_counts(everything),
        "pictures": sum(one.file.exists() for one in every),
        "left out": [one.name for one in every if not one.file.exists()],
        "not made": failed,
        "wrong ones": [row for row in everything if row["verdict"] in ("wrong", "broken")][:50],
        "groups": {
            name: _counts(rows)
            | {"true by": _by(rows, "true"), "not judged, since": _by(rows, "not judged")}
            for name, rows in groups.items()
        },
    }


def _counts(rows: list[dict[str, Any]]) -> dict[str, int]:
    found = Counter(row["verdict"] for row in rows)
    return {"labels": len(rows)} | {verdict: found[verdict] for verdict in VERDICTS}


def _by(rows: list[dict[str, Any]], verdict: str) -> dict[str, int]:
    return dict(sorted(Counter(r["how"] for r in rows if r["verdict"] == verdict).items()))


def _forget_if_changed() -> None:
    """What is kept was judged with other code, or of other apps: forget it."""
    digest = hashlib.sha256()
    for place in MADE_OF:
        for path in sorted((ROOT / place).rglob("*")):
            if path.suffix in (".py", ".toml", ".ipynb", ".mako") and path.is_file():
                digest.update(path.read_bytes())
    stamp = KEPT / "made-of"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        for path in KEPT.glob("*.jsonl"):
            path.unlink()
        KEPT.mkdir(parents=True, exist_ok=True)
        stamp.write_text(digest.hexdigest())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", default=[])
    parser.add_argument("--again", action="store_true", help="also what is kept")
    asked = parser.parse_args()
    _forget_if_changed()
    every = [*pictures()]
    chosen = [one for one in every if not asked.only or {one.group, one.name} & {*asked.only}]
    os.environ["PYTHONPATH"] = f"{START}:{ROOT / 'src'}"
    os.environ["WITNESS"] = str(KEPT / "none.unfinished")  # so that the forks know the witness
    failed: dict[str, str] = {}
    gradings = ForkedRuns()
    for number, one in enumerate(chosen, 1):
        began = time.monotonic()
        if (asked.again or not one.file.exists()) and (problem := judge(one, gradings)):
            failed[one.name] = problem
        found = failed.get(one.name) or _in_words(rows_of(one))
        took = time.monotonic() - began
        print(f"{number}/{len(chosen)} {one.name}: {found} ({took:.0f} s)", flush=True)
    gradings.close()
    table = summary(every, failed)
    print(f"written: {write('values.json', table)}")
    print({name: table[name] for name in ("labels", *VERDICTS)})
    return 1 if table["wrong"] or table["broken"] or failed else 0


def _in_words(rows: list[dict[str, Any]]) -> str:
    counts = {name: count for name, count in _counts(rows).items() if count}
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "no label"


if __name__ == "__main__":
    sys.exit(main())
