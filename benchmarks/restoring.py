"""How long it takes to put back what a schedule has changed, before the next one begins.

    python benchmarks/restoring.py [--quick]

Searches of small services without a reset of their own, one for each kind of data. What is timed is
what stands between two schedules: the data, in the files and stores, are as they were at the start.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from made import row

from workerlab import explore
from workerlab.restoring.start_state import StartState
from workerlab.services.private import stores

ROOT = Path(__file__).parents[1]
APPS, SAME = ROOT / "notebooks/apps", ROOT / "tests/workerlab/stepping/same_start"
TARGET_MS = 10
USER = 'POST /users {"email": "a@b.c"}'
CASES = {  # the app, and what is asked: before, the program, and afterwards
    "SQLite": (SAME / "users.py", "", f"{USER} | {USER}", "GET /users"),
    "files": (SAME / "notes.py", "", "POST /notes/a | POST /notes/b", "GET /notes"),
    "PostgreSQL": (
        APPS / "database_counter.py",
        "",
        "POST /increment | POST /increment",
        "GET /report",
    ),
    "Redis": (APPS / "redis_stock.py", "POST /reset", "POST /buy | POST /buy", "GET /left"),
}
NEEDS = {"PostgreSQL": ["postgres"], "Redis": ["redis"]}


def milliseconds(kind: str, seconds: float) -> list[float]:
    """Each time that a search of so many seconds put this kind of data back."""
    app, before, program, after = CASES[kind]
    asked = {"model": "serial", "before": before, "program": program, "after": after}
    with counted() as times, stores(NEEDS.get(kind, []), str(app)) as private:
        explore(app, seconds=seconds, env=private.env, stores=private.services, **asked)
    return [1000 * one for one in times]


@contextmanager
def counted() -> Iterator[list[float]]:
    """Every start that is made while the block runs."""
    times: list[float] = []
    put_back = StartState.put_back

    def timed(state: StartState) -> None:
        put_back(state)
        times.append(state.seconds[-1])

    StartState.put_back = timed  # type: ignore[method-assign]
    try:
        yield times
    finally:
        StartState.put_back = put_back  # type: ignore[method-assign]


def measure(quick: bool = False) -> list[dict]:
    """The median of each kind, as rows of benchmarks/results.json."""
    rows = []
    for kind in CASES:
        times = milliseconds(kind, 0.5 if quick else 5.0)
        what = f"{kind} put back before a schedule, small data; median of {len(times)}"
        rows.append(
            row(f"put_back_{kind.lower()}", what, statistics.median(times), "ms", TARGET_MS)
        )
    return rows


if __name__ == "__main__":
    print(json.dumps(measure("--quick" in sys.argv), indent=2))
