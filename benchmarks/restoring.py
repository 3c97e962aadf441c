"""How long it takes to put back what a schedule has changed, before the next one begins.

    python benchmarks/restoring.py [--quick]

Searches of small services without a reset of their own, one for each kind of data. What is timed is
what stands between two schedules: the data, in the files and stores, are as they were at the start.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workerlab import explore
from workerlab.restoring.start_state import StartState
from workerlab.services.private import stores
from workerlab.stepping.same_start import Start

ROOT = Path(__file__).parents[1]
APPS = ROOT / "tests/workerlab/stepping/same_start"
TARGET_MS = 10
MAKES = (
    f'"{sys.executable}" -c "import asyncio, accounts as a\n'
    "async def make():\n"
    "    async with a.engine.begin() as c: await c.run_sync(a.Base.metadata.create_all)\n"
    'asyncio.run(make())"'
)
USER, WITHDRAW = 'POST /users {"email": "a@b.c"}', "POST /accounts/{before.0.id}/withdraw/80"
CASES: dict[str, tuple[Path, dict[str, Any]]] = {
    "SQLite": (APPS / "users.py", {"program": f"{USER} | {USER}", "after": "GET /users"}),
    "files": (
        APPS / "notes.py",
        {"program": "POST /notes/a | POST /notes/b", "after": "GET /notes"},
    ),
    "PostgreSQL": (
        APPS / "accounts.py",
        {
            "before": "POST /accounts",
            "program": f"{WITHDRAW} | {WITHDRAW}",
            "after": "GET /accounts/1",
            "start": Start(migrate=MAKES),
        },
    ),
    "Redis": (
        ROOT / "notebooks/apps/redis_stock.py",
        {"program": "POST /buy | POST /buy", "after": "GET /left"},
    ),
}
NEEDS = {"PostgreSQL": ["postgres"], "Redis": ["redis"]}


def milliseconds(kind: str, seconds: float) -> list[float]:
    """Each time that a search of so many seconds put this kind of data back."""
    source, question = CASES[kind]
    with tempfile.TemporaryDirectory(prefix="workerlab-bench-") as folder, counted() as times:
        app = Path(shutil.copy(source, folder))
        with stores(NEEDS.get(kind, []), str(app)) as private:
            start = {"env": private.env, "stores": private.services}
            explore(app, model="serial", seconds=seconds, **start, **question)
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
        median = statistics.median(times)
        rows.append(
            {
                "id": f"put_back_{kind.lower()}",
                "what": f"{kind} put back before a schedule, small data; median of {len(times)}",
                "value": round(median, 2),
                "unit": "ms",
                "target": TARGET_MS,
                "holds": median <= TARGET_MS,
            }
        )
    return rows


if __name__ == "__main__":
    print(json.dumps(measure("--quick" in sys.argv), indent=2))
