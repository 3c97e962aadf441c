"""What chapter 16 shows of Pythons that most readers do not have.

    python benchmarks/free_threads.py --free python3.13t --interpreters python3.14

Writes notebooks/data/free_threads.json. Runs notebooks/apps/many_threads.py on the free-threaded
Python, and serves apps/three_endpoints.py there with one worker: how many increments does its
`def` endpoint lose? (For that, FastAPI and uvicorn have to be installed on it.) The Python that
runs this is asked the same. The second Python runs apps/two_interpreters.py. `--about` is a
sentence on where the free-threaded Python came from.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time

import httpx
from made import HERE, write

from workerlab import burst

NOTEBOOKS = HERE.parent / "notebooks"
INCREMENTS, ROUNDS, PATIENCE_S = 4000, 5, 60.0


def said_by(python: str, *words: str) -> str:
    """What this Python prints when it runs these words."""
    command = [python, *words]
    run = subprocess.run(command, cwd=NOTEBOOKS, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def lost_in_the_app(python: str) -> list[int]:
    """How many of the increments each burst at the `def` endpoint has lost."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = str(listener.getsockname()[1])
    command = [python, "-m", "uvicorn", "three_endpoints:app", "--port", port]
    server = subprocess.Popen([*command, "--log-level", "warning"], cwd=NOTEBOOKS / "apps")
    try:
        return [lost_in_one_burst(f"http://127.0.0.1:{port}") for _ in range(ROUNDS)]
    finally:
        server.terminate()
        server.wait()


def lost_in_one_burst(url: str) -> int:
    wait_for(url)
    history = burst(url, [("POST", "/def")] * INCREMENTS, connections="keep-alive", timeout=60)
    assert len(history.answered) == INCREMENTS
    return INCREMENTS - httpx.get(f"{url}/report").json()["count"]


def wait_for(url: str) -> None:
    """Wait until the app is there, and its count is zero."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            httpx.post(f"{url}/reset").raise_for_status()
        except httpx.TransportError:
            assert time.monotonic() < deadline, f"{url} does not answer"
        else:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--free", required=True, help="a free-threaded Python, with FastAPI")
    parser.add_argument("--interpreters", required=True, help="a Python of 3.14 or later")
    parser.add_argument("--about", default="", help="where the free-threaded Python came from")
    given = parser.parse_args()
    threads = json.loads(said_by(given.free, "apps/many_threads.py"))
    assert threads["gil"] is False, f"{given.free} has its GIL"
    version = "import sys; print(sys.version.split()[0])"
    found = {
        "cores": os.cpu_count(),
        "free": {"about": given.about, **threads},
        "app": {
            "increments": INCREMENTS,
            "lost_free": lost_in_the_app(given.free),
            "lost_here": lost_in_the_app(sys.executable),
        },
        "interpreters": {
            "python": said_by(given.interpreters, "-c", version),
            "text": said_by(given.interpreters, "apps/two_interpreters.py"),
        },
    }
    print(write("free_threads.json", found, NOTEBOOKS / "data"))


if __name__ == "__main__":
    main()
