"""Record the levels of "Be the scheduler" anew: every schedule of each, on real workers.

python benchmarks/levels.py            all of them, into notebooks/data/levels
python benchmarks/levels.py NAME...    only these
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from made import made

from workerlab.errors import WorkerlabError
from workerlab.levels.definitions import LEVELS
from workerlab.levels.level import as_json
from workerlab.levels.recording import record

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def main(names: list[str]) -> int:
    stamp = made()
    unknown = {*names} - {one.name for one in LEVELS}
    if unknown:
        print(f"there is no level {', '.join(sorted(unknown))}")
        return 1
    failed = 0
    for definition in LEVELS:
        if names and definition.name not in names:
            continue
        begin = time.monotonic()
        try:
            level = record(definition, NOTEBOOKS / "levels", stamp)
        except WorkerlabError as error:
            print(f"{definition.name:24} {error}\n{error.details}", flush=True)
            failed = 1
            continue
        path = NOTEBOOKS / "data" / "levels" / f"{level['name']}.json"
        path.write_text(as_json(level), encoding="utf-8")
        runs = sum(variant["schedules"] for variant in level["variants"])
        told = f"par {level['par']}" if level["par"] is not None else level["kind"]
        size = path.stat().st_size / 1000
        seconds = time.monotonic() - begin
        print(
            f"{level['name']:24} {runs:4} schedules  {told:9}  {size:4.0f} KB  {seconds:4.0f} s",
            flush=True,
        )
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
