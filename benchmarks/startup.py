"""How long five workers take to be ready, as a ratio to a bare `uvicorn --workers 5`.

    python benchmarks/startup.py [--quick]

Both serve the same app, in alternation, and are ready when their last worker has answered.
"""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from made import row

from workerlab.servers import Server, readiness

WORKERS = 5
TARGET = 1.15
APP = """
import os
from fastapi import FastAPI, Response

app = FastAPI()


@app.get("/pid")
def pid():
    return Response(status_code=204, headers={"x-worker-pid": str(os.getpid())})
"""


def ours(app: Path) -> float:
    """Seconds until a Server is ready."""
    began = time.perf_counter()
    with Server(app, workers=WORKERS):
        return time.perf_counter() - began


def bare(app: Path) -> float:
    """Seconds until the last worker of a bare uvicorn has answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        fd = listener.fileno()
        command = [sys.executable, "-m", "uvicorn", "app:app", "--fd", str(fd)]
        command += ["--workers", str(WORKERS), "--no-access-log", "--log-level", "warning"]
        began = time.perf_counter()
        server = subprocess.Popen(command, cwd=app.parent, pass_fds=(fd,))
        try:
            port = listener.getsockname()[1]
            readiness.close(readiness.meet(port, WORKERS, 60, path="/pid").values())
            return time.perf_counter() - began
        finally:
            server.terminate()
            server.wait(30)


def measure(quick: bool = False) -> list[dict]:
    """The ratio, as one row of benchmarks/results.json."""
    with tempfile.TemporaryDirectory(prefix="workerlab-bench-") as folder:
        app = Path(folder, "app.py")
        app.write_text(APP)
        bare(app), ours(app)  # the first of each pays for cold files
        pairs = [(bare(app), ours(app)) for _ in range(3 if quick else 9)]
    ratio = statistics.median(mine / theirs for theirs, mine in pairs)
    medians = [statistics.median(column) for column in zip(*pairs, strict=True)]
    what = (
        f"{WORKERS} workers ready ({medians[1]:.2f} s), over bare uvicorn "
        f"({medians[0]:.2f} s); median of {len(pairs)} alternating pairs"
    )
    return [row("startup_ratio", what, ratio, "ratio", TARGET)]


if __name__ == "__main__":
    print(json.dumps(measure("--quick" in sys.argv), indent=2))
