"""How long the full check of each lab takes on its solution, alone and all of them two at a time.

python benchmarks/labs.py [--quick]
"""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
ONE_TARGET_S, ALL_TARGET_S = 25.0, 180.0
AT_ONCE = 2


def full_check(lab: str) -> float:
    """Seconds that `workerlab check` takes on a lab's solution, its own start included."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "workerlab", "check", lab, "--submission", "solutions"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()
    return time.perf_counter() - began


def measure(quick: bool = False) -> list[dict]:
    """The slowest lab alone, and all of them, as rows of benchmarks/results.json."""
    labs = sorted(path.parent.name for path in (ROOT / "labs").glob("lab*/lab.toml"))
    alone = {lab: round(full_check(lab), 1) for lab in (labs[:2] if quick else labs)}
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(full_check, alone))
    together = time.perf_counter() - began
    each = ", ".join(f"{lab[:5]} {seconds:g}" for lab, seconds in alone.items())
    return [
        row("slowest_lab", f"the slowest full check ({each})", max(alone.values()), ONE_TARGET_S),
        row("all_labs", f"all {len(alone)} labs, {AT_ONCE} at a time", together, ALL_TARGET_S),
    ]


def row(name: str, what: str, seconds: float, target: float) -> dict:
    holds = seconds <= target
    value = round(seconds, 1)
    return {
        "id": name, "what": what, "value": value, "unit": "s", "target": target, "holds": holds,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure("--quick" in sys.argv), indent=2))
