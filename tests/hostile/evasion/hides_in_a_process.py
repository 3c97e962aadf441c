"""Counts in a process of its own for each worker, where nobody is held.

Deserves: as racy
"""

import subprocess
import sys
import threading
from pathlib import Path

from fastapi import FastAPI
from racing import read, write

app = FastAPI()
HERE = Path(__file__).parent
COUNTS = """
import sys
sys.path.insert(0, sys.argv[1])
from racing import read, write
for line in sys.stdin:
    count = read() + 1
    write(count)
    print(count, flush=True)
"""
helper = subprocess.Popen(
    [sys.executable, "-c", COUNTS, str(HERE)],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    text=True,
)
turn = threading.Lock()


@app.post("/increment")
def increment() -> dict[str, int]:
    with turn:
        helper.stdin.write("up\n")
        helper.stdin.flush()
        return {"count": int(helper.stdout.readline())}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": read()}


@app.post("/reset")
def reset() -> dict[str, int]:
    write(0)
    return {"count": 0}
