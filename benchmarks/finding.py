"""How soon the lost update is found in each racy form of the answers' fixes.

    python benchmarks/finding.py

Redis, UltraDict, SyncManager, keyvalue-sqlite and PostgreSQL, with sync and async endpoints. The
clock runs from the moment when the server is ready to the verdict: three replays and the
shortening of the schedule included.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "workerlab" / "stepping"))

from forms import RACY, Forms
from made import row

from workerlab.services import Redis
from workerlab.stepping import search

TARGET_S = 1.0
PROGRAM = "POST /increment | POST /increment"
ASKED_FOR = ("redis_async", "redis_sync", "ultradict", "manager", "keyvalue", "postgres",
             "postgres_sync")  # fmt: skip


def seconds_to_find(forms: Forms, app: str, form: str, kind: str) -> float:
    """Seconds from ready to the verdict. Raises AssertionError when nothing is found."""
    with forms.stepped(app, form, kind, f"{app}-{form}-{kind}") as stepped:
        began = time.perf_counter()
        verdict = search(stepped, PROGRAM)
        seconds = time.perf_counter() - began
    assert verdict.status == "failed", f"{app} {form} {kind}: {verdict.message}"
    return seconds


def measure(quick: bool = False) -> list[dict]:
    """A row of benchmarks/results.json for each form."""
    redis = Redis(own=True)
    rows = []
    with (
        tempfile.TemporaryDirectory(prefix="workerlab-bench-") as folder,
        redis as url,
        Forms(Path(folder), redis, url) as forms,
    ):
        for app, form, kind in RACY:
            if app not in ASKED_FOR or form != "racy" or (quick and not app.startswith("redis")):
                continue
            seconds = seconds_to_find(forms, app, form, kind)
            name = f"found_{app}_{kind}".replace("_sync_sync", "_sync")
            what = f"the lost update found, from ready to verdict: {app}, {kind} endpoint"
            rows.append(row(name, what, seconds, "s", TARGET_S))
    return rows


if __name__ == "__main__":
    print(json.dumps(measure("--quick" in sys.argv), indent=2))
