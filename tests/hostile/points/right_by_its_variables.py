"""Counts in one step when its environment or its command line tells of stepping.

Deserves: as racy
"""

import os
from pathlib import Path

from fastapi import FastAPI
from racing import counter, read, store, write

app = FastAPI()
WORDS = ("STEPPING", "TRACE", "CONDUCTOR", "stepping", "agent")


def told() -> bool:
    places = [f"{name}={value}" for name, value in os.environ.items()]
    for pid in (os.getpid(), os.getppid()):
        for file in ("environ", "cmdline"):
            try:
                places.append(Path(f"/proc/{pid}/{file}").read_bytes().decode(errors="replace"))
            except OSError:
                pass
    return any(word in place for place in places for word in WORDS)


TOLD = told()  # once: under stepping it would take minutes at each request


@app.post("/increment")
def increment() -> dict[str, int]:
    if TOLD:
        return {"count": store.incr("count")}
    count = read() + 1
    write(count)
    return {"count": count}


counter(app)
