"""workerlab beside Schemathesis, frontrun and a plain load test, on the same ten services in one run.

    python benchmarks/compare.py [--only CASE …] [--tries 3] [--no-others]

Five faults of different kinds, each as a wrong and as a right service (beside/cases.py). What each
tool is for: Schemathesis looks for responses that an API's description does not allow, and is not
made for races; frontrun holds the threads or tasks of one process; a load test has luck. Each gets a
fair set-up: two workers of uvicorn where it wants a server, a question written by us where it wants
one, and 20 s of searching where it has no end of its own. The other tools are installed into
build/compare-NAME. Writes compare.json, and its table into the guide. About twenty minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from beside import tools
from beside.cases import CASES, REQUESTS, Case
from beside.installed import environment, versions
from beside.loaded import CLIENTS
from beside.sidetable import TOOLS, cell, quoted, table
from beside.tools import Result, placed, timed
from made import HERE, write

NAME = "compare.json"
GUIDE = HERE.parent / "site" / "pages" / "ten-minutes.md"
OTHERS = ("schemathesis", "frontrun")


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=CASES, default=[*CASES], metavar="CASE")
    parser.add_argument("--tries", type=int, default=3, help="of the load test")
    parser.add_argument("--no-others", action="store_true", help="install no other tools")
    asked = parser.parse_args(words)
    began = time.monotonic()
    there = {tool: None if asked.no_others else environment(tool) for tool in OTHERS}
    results: dict = {
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "versions": versions(there),
        "budget_s": tools.BUDGET_S,
        "tries": asked.tries,
        "requests": REQUESTS,
        "clients": CLIENTS,
        "cases": {},
    }
    with tempfile.TemporaryDirectory(prefix="workerlab-compare-") as folder:
        for name in asked.only:
            case = CASES[name]
            found = results["cases"][name] = {"kind": case.kind, "workers": case.workers}
            for twin in ("wrong", "right"):
                print(f"{name}, {twin}: {case.kind}", flush=True)
                found[twin] = {}
                for tool, result in results_of(case, twin, Path(folder), asked.tries, there):
                    row = found[twin][tool] = result.row()
                    text = cell(tool, row, twin, asked.tries)
                    print(f"  {TOOLS[tool]:24} {text:20} {row['seconds']:6} s", flush=True)
    results["minutes"] = round((time.monotonic() - began) / 60, 1)
    print(f"\n{table(results)}")
    if not asked.no_others and asked.only == [*CASES]:
        quote(results)
        print(f"written: {write(NAME, results)}")
    return 0


def results_of(
    case: Case, twin: str, place: Path, tries: int, there: dict[str, Path | None]
) -> Iterator[tuple[str, Result]]:
    """Each tool's, one after the other, on a service of its own."""
    with placed(case, twin, place) as folder:
        yield "asked", timed(tools.explored, folder, case.question())
    with placed(case, twin, place) as folder:
        yield "unasked", timed(tools.explored, folder, case.set_up())
    for tool in reversed(OTHERS):
        with placed(case, twin, place) as folder:
            if programs := there[tool]:
                yield tool, timed(getattr(tools, tool), case, folder, programs)
            else:
                yield tool, Result(tools.ABSENT)
    yield "load", timed(tools.loaded, case, twin, place, tries)


def quote(results: dict) -> None:
    """Put the new table in the place of the one that the guide has."""
    if not (HERE / NAME).exists():
        return
    before = quoted(json.loads((HERE / NAME).read_text(encoding="utf-8")))
    text = GUIDE.read_text(encoding="utf-8")
    assert before in text, f"the table in {GUIDE.name} is not that of {NAME}"
    GUIDE.write_text(text.replace(before, quoted(results)), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
