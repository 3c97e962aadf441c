"""The table of chapter 13: every fix, measured in one run.

    python benchmarks/table.py [--only ID …] [--quick]

Writes notebooks/data/table.json. Of each fix: does a burst lose updates, does a search find a
losing schedule, does a worker that is killed at any point do harm, is the count still there when
the app's server was restarted, do two hosts count together, and how many increments are answered
in a second, as a ratio to the plain app. The plain app is measured again beside each of them,
in turns, so that a busy minute hits both. `--only` replaces those rows in the stored table.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import fixes
import httpx
from made import write

from workerlab import burst
from workerlab.errors import WorkerlabError
from workerlab.linearizability.check import check
from workerlab.models.counter import counter, counter_operations
from workerlab.servers import Server
from workerlab.stepping import SteppedServer, crash_points, search
from workerlab.traffic import until_every_worker_answers

RESULT = Path(__file__).parent.parent / "notebooks/data/table.json"
WORKERS = 5
BURST, BURSTS = 400, 2
CONNECTIONS, ROUND_S, PAIRS = 20, 1.0, 5
RESET = [("POST", "/reset")]
ASK = b"POST /increment HTTP/1.1\r\nhost: here\r\ncontent-length: 0\r\n\r\n"
PROGRAM = "POST /increment | POST /increment"


def in_a_burst(server: Server) -> dict:
    """Increments lost in each burst; whether all answers fit one order; requests not answered."""
    lost, fits, failed = [], True, 0
    for _ in range(BURSTS):
        burst(server, RESET)
        history = burst(server, BURST, timeout=30)
        done = [event for event in history.answered if event.ok]
        failed += BURST - len(done)
        fits = fits and check(counter_operations(history), counter).ok is not False
        lost.append(len(done) - _count(server.url))
    return {"lost": lost, "unanswered": failed, "fits_one_order": fits}


def after_a_kill(server: Server) -> bool:
    """One worker is killed and replaced: does every worker still report all increments?"""
    burst(server, RESET)
    burst(server, 50, clients=1)
    server.kill(server.pids[0])
    server.wait_for_workers(deadline=60)
    answers = until_every_worker_answers(server, deadline=60).values()
    return [answer["count"] for answer in answers] == [50] * WORKERS


def after_a_restart(server: Server) -> bool:
    """The app's server stops and starts again, its store stays: is the count still there?"""
    burst(server, RESET)
    burst(server, 50, clients=1)
    server.restart()
    return _count(server.url) == 50


def on_two_hosts(fix: fixes.Fix, house: fixes.House) -> bool:
    """Two servers, each with files, memory and segments of its own: do they count together?"""
    options = {"workers": 1, "runner": fix.runner, "extra": fix.extra}
    with (
        Server(fix.app, env=house.env(fix, "host-a"), **options) as one,
        Server(fix.app, env=house.env(fix, "host-b"), **options) as other,
    ):
        httpx.post(f"{one.url}/reset")
        for server in (one, one, one, other, other):
            httpx.post(f"{server.url}/increment")
        return (_count(one.url), _count(other.url)) == (5, 5)


def under_the_engine(fix: fixes.Fix, house: fixes.House) -> dict:
    """What a search of schedules and of crash points says."""
    options = {"workers": 4, "runner": fix.runner, "extra": fix.extra, "services": house.pids(fix)}
    with SteppedServer(fix.app, env=house.env(fix, "stepped"), **options) as stepped:
        found = search(stepped, PROGRAM, seconds=2.0)
        row = {"search": found.status, "schedules": found.tried["schedules"]}
        if fix.shared:
            crash = crash_points(stepped, deadline=12.0)
            row |= {"crash": crash.status, "crash_points": crash.tried["crash_points"]}
        return row


def ratios(plain: Server, server: Server) -> list[float]:
    """Increments a second as a ratio to the plain app, measured in turns."""
    pairs = []
    for number in range(PAIRS):
        both = (plain, server) if number % 2 else (server, plain)
        speed = {id(one): asyncio.run(_rate(one.url)) for one in both}
        pairs.append(round(speed[id(server)] / speed[id(plain)], 3))
    return pairs


async def _rate(url: str) -> float:
    """Answers a second over kept connections, counted at their bytes: the client costs little."""
    place, answered = urlsplit(url), 0
    until = time.monotonic() + ROUND_S

    async def client() -> None:
        nonlocal answered
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        while time.monotonic() < until:
            writer.write(ASK)
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            answered += b" 200 " in head[:16]
        writer.close()

    began = time.monotonic()
    async with asyncio.timeout(60):
        await asyncio.gather(*[client() for _ in range(CONNECTIONS)])
    return max(answered, 1) / (time.monotonic() - began)


def _count(url: str) -> int:
    return httpx.get(f"{url}/report", timeout=30).json()["count"]


def measure(fix: fixes.Fix, house: fixes.House, plain: Server) -> dict:
    """One row. Raises what the servers and stores raise."""
    row = {"id": fix.id, "fix": fix.title, "chapter": fix.chapter, "needs": fix.needs}
    options = {"workers": WORKERS, "runner": fix.runner, "extra": fix.extra}
    with Server(fix.app, env=house.env(fix, "alone"), **options) as server:
        row |= in_a_burst(server)
        row["ratios"] = ratios(plain, server)
        row["ratio"] = statistics.median(row["ratios"])
        row["killed"] = after_a_kill(server)
        row["restart"] = after_a_restart(server)
    row["hosts"] = on_two_hosts(fix, house)
    row |= under_the_engine(fix, house)
    nothing_lost = not any(row["lost"]) and row["search"] == "passed"
    row["correct"] = nothing_lost and row["fits_one_order"] and not row["unanswered"]
    row["survives_a_worker"] = row["killed"] and row.get("crash") == "passed"
    return row


def save(rows: dict[str, dict]) -> Path:
    """Write what has been measured so far, in the order of the fixes; where."""
    order = [fix.id for fix in fixes.FIXES]
    table = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "workers": WORKERS,
        "rows": sorted(rows.values(), key=lambda row: order.index(row["id"])),
    }
    return write(RESULT.name, table, RESULT.parent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="ID", help="only these rows")
    options = parser.parse_args()
    stored = json.loads(RESULT.read_text())["rows"] if RESULT.exists() else []
    rows = {row["id"]: row for row in stored} if options.only else {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="workerlab-table-")))
        house = stack.enter_context(fixes.House(folder))
        plain = stack.enter_context(Server(fixes.FIXES[0].app, workers=WORKERS))
        for fix in fixes.FIXES:
            if options.only and fix.id not in options.only:
                continue
            began = time.monotonic()
            try:
                rows[fix.id] = measure(fix, house, plain)
            except WorkerlabError as error:
                print(f"{fix.id}: not measured: {error}", flush=True)
                continue
            print(f"written: {save(rows)}")
            told = {k: rows[fix.id][k] for k in ("lost", "search", "ratio", "correct")}
            print(f"{fix.id}: {told} ({time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
