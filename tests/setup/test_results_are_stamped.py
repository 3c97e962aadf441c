"""Each result of a measurement says at which commit, and on which day, it was made."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from workerlab.levels.definitions import LEVELS

ROOT = Path(__file__).parents[2]
RESULTS = [
    *("benchmarks/results.json", "benchmarks/soak.json", "benchmarks/crashes.json"),
    *("benchmarks/classroom.json", "benchmarks/pythons.json", "benchmarks/compare.json"),
    *("benchmarks/anchors/results.json", "notebooks/data/table.json"),
    *("notebooks/data/free_threads.json", "benchmarks/values.json"),
    *(f"notebooks/data/levels/{one.name}.json" for one in LEVELS),
]


def test_no_result_is_forgotten_here() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("benchmarks/**/*.json")}
    assert found <= {*RESULTS}


@pytest.mark.parametrize("name", RESULTS)
def test_it_is_stamped(name: str) -> None:
    made = json.loads((ROOT / name).read_text(encoding="utf-8"))["made"]
    assert date(2026, 1, 1) < date.fromisoformat(made["day"]) <= datetime.now(UTC).date()
    commit = made["commit"].rstrip("+")
    assert len(commit) == 12 and int(commit, 16)
    shallow = subprocess.run(
        ["git", "rev-parse", "--is-shallow-repository"], cwd=ROOT, capture_output=True, text=True
    )
    if shallow.returncode or shallow.stdout.strip() == "true":
        return  # a copy without history cannot be asked
    known = ["git", "merge-base", "--is-ancestor", commit, "HEAD"]
    assert subprocess.run(known, cwd=ROOT, capture_output=True).returncode == 0, commit
