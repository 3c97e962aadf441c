"""What holding two requests at their gates costs, against the same requests let run.

    python benchmarks/schedules.py [--quick]

One schedule is a reset, two increments that take turns, and a report, on an async FastAPI app
that keeps its count in Redis. The bare form is the same four requests, one after the other, on
the same kind of server without the engine. Both on connections that are open and warm.
"""

import json
import statistics
import sys
import time
from http.client import HTTPConnection
from itertools import chain
from pathlib import Path

from made import row

from workerlab.servers import Server
from workerlab.services import Redis
from workerlab.stepping import Program, SteppedServer
from workerlab.stepping.program import TWO_WORKERS
from workerlab.stepping.searching.schedulers import BoundedScheduler

APP = Path(__file__).parent.parent / "labs" / "lab08_redis" / "app.py"
PROGRAM = Program.parse("POST /increment | POST /increment")
MOST_PREEMPTIONS = 2
TARGET = 1.8


def ask(connection: HTTPConnection, method: str, path: str) -> None:
    connection.request(method, path)
    connection.getresponse().read()


def bare_requests(server: Server, rounds: int) -> list[float]:
    """Seconds of each round of the four requests, with no worker held."""
    (_, one), (_, other) = server.connections()
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        ask(one, "POST", "/reset")
        ask(one, "POST", "/increment")
        ask(other, "POST", "/increment")
        ask(one, "GET", "/report")
        seconds.append(time.perf_counter() - began)
    return seconds


def schedules(stepped: SteppedServer, rounds: int) -> list[float]:
    """Seconds of each schedule of the search with at most two preemptions."""
    seconds = []

    while len(seconds) < rounds:
        scheduler = BoundedScheduler(MOST_PREEMPTIONS)
        while len(seconds) < rounds and scheduler.new_execution():
            began = time.perf_counter()
            trace = stepped.run(PROGRAM, TWO_WORKERS, scheduler)
            seconds.append(time.perf_counter() - began)
            scheduler.finished(trace)
    return seconds


def measure(quick: bool = False) -> list[dict]:
    """The ratio of the medians, as one row of benchmarks/results.json."""
    rounds = 20 if quick else 60
    redis = Redis(own=True)
    with redis as url:
        env = {"REDIS_URL": url}
        with (
            Server(APP, workers=2, env=env) as server,
            SteppedServer(APP, workers=2, env=env, services=[redis.pid]) as stepped,
        ):
            bare_requests(server, 5)
            schedules(stepped, 5)
            pairs = [(bare_requests(server, rounds), schedules(stepped, rounds)) for _ in range(5)]
    ratio = statistics.median(
        statistics.median(held) / statistics.median(bare) for bare, held in pairs
    )
    bare, held = (statistics.median(chain(*column)) for column in zip(*pairs, strict=True))
    what = (
        f"one schedule of two requests, async FastAPI and Redis ({held * 1e3:.1f} ms), "
        f"over its bare requests ({bare * 1e3:.1f} ms); medians of {5 * rounds}, in turn"
    )
    return [row("schedule_ratio", what, ratio, "ratio", TARGET)]


if __name__ == "__main__":
    print(json.dumps(measure("--quick" in sys.argv), indent=2))
