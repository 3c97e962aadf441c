"""Every measurement in its quick form: whether each still runs, not what it finds.

    python benchmarks/quick.py [NAME ...]

`make verify` calls it, so that no target breaks unseen. What a quick form measures is written to a
folder that is thrown away. Exit status 1 when one fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
QUICK = {  # by the name of its make target
    "bench": ["run.py", "--quick"],
    "table": ["table.py", "--only", "redis_get_set"],
    "soak": ["soak.py", "--gradings", "1", "--searches", "4", "--busy", "2"],
    "leaks": ["leaks.py", "--rounds", "12", "--kills", "4"],
    "crashes": ["crashes.py", "--submissions", "4", "--kills", "3"],
    "classroom": ["classroom.py", "--submissions", "4", "--serial", "2"],
    "values": ["values.py", "--only", "lab08_redis/get_then_set"],
    "compare": ["compare.py", "--only", "rate_cache", "--tries", "1", "--no-others"],
}


def main() -> int:
    failed = []
    for name in sys.argv[1:] or QUICK:
        print(f"make {name}, quickly …", flush=True)
        began = time.monotonic()
        script, *options = QUICK[name]
        with tempfile.TemporaryDirectory(prefix="quick-") as folder:
            done = subprocess.run(
                [sys.executable, str(HERE / script), *options],
                env={**os.environ, "RESULTS": folder},
                check=False,
            )
        print(f"  {name}: {time.monotonic() - began:.0f} s, exit status {done.returncode}")
        failed += [name] if done.returncode else []
    if failed:
        print(f"failed: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
