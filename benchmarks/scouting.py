"""How long `workerlab scout` takes for the shop of chapter 15 and two services of twenty endpoints.

    python benchmarks/scouting.py [--quick]

Each has races that were planted, and others that look alike and are none (see planted.py beside
their tests, which hold that all are found and no other).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from made import row

from workerlab.scouting.records import FOUND
from workerlab.scouting.results import of_status
from workerlab.scouting.scout import scout

ROOT = Path(__file__).parents[1]
APPS = {
    "shop": ROOT / "notebooks/apps/shop/main.py",
    "library": ROOT / "tests/workerlab/scouting/apps/library.py",
    "club": ROOT / "tests/workerlab/scouting/apps/club.py",
}

# Where a service mostly has its data: in its own folder, of which the search makes a copy.
IN_ITS_FOLDER = {"FOLDER": ".", "SHOP_FOLDER": ".", "STATE_FILE": "state.db"}
TARGET_S = 60


def measure(quick: bool = False) -> list[dict]:
    """Seconds for each, as rows of benchmarks/results.json."""
    rows = []
    for name in ["shop"] if quick else APPS:
        survey = scout(APPS[name], env=IN_ITS_FOLDER)
        found = len(of_status(survey, *FOUND))
        tried = sum(one["tried"]["schedules"] for one in survey["answers"] if one["tried"])
        what = (
            f"workerlab scout on {name}: {len(survey['answers'])} questions, {tried} schedules, "
            f"{found} with a race"
        )
        rows.append(row(f"scout_{name}", what, survey["seconds"], "s", TARGET_S))
    return rows


if __name__ == "__main__":
    print(json.dumps(measure("--quick" in sys.argv), indent=2))
