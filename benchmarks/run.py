"""Every measurement, in one run; writes benchmarks/results.json.

    python benchmarks/run.py [--quick] [--only NAME]

Each row is {"id", "what", "value", "unit", "target", "holds"}. Figures are ratios wherever two
things can be measured in one run; those in seconds are promises for a quiet two-core machine.
Exit status 1 when a target is missed.
"""

import argparse
import sys
from importlib import import_module

from made import write

MEASUREMENTS = ("startup", "schedules", "restoring", "finding", "scouting", "grading", "labs")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds; writes no results")
    parser.add_argument("--only", choices=MEASUREMENTS, action="append", help="may be repeated")
    options = parser.parse_args()
    rows = []
    for name in options.only or MEASUREMENTS:
        print(f"measuring {name} …", flush=True)
        for row in import_module(name).measure(options.quick):
            rows.append(row)
            sign = "✔" if row["holds"] else "✘"
            print(
                f"  {sign} {row['value']:g} {row['unit']} (at most {row['target']:g}): {row['what']}"
            )
    if not options.quick and not options.only:
        print(f"written: {write('results.json', {'rows': rows})}")
    missed = not all(row["holds"] for row in rows)
    return 1 if missed and not options.quick else 0


if __name__ == "__main__":
    sys.exit(main())
