"""Record the traces that the pictures are drawn from, by running the real thing.

    python notebooks/figures/record.py            record every trace anew
    python notebooks/figures/record.py NAME...    only these

Then run redraw.py. Process ids and counts differ from run to run; the story does not.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import groupby
from pathlib import Path
from typing import Any

import asyncpg
import redis
from websockets.sync.client import connect

from workerlab import burst, explore, serve
from workerlab.processes.tree import parents
from workerlab.servers.readiness import stopped, wait_for_end
from workerlab.services import Postgres, Redis
from workerlab.stepping import Program, SteppedServer, search
from workerlab.stepping.searching.crash_points import DEADLINE_S, CrashSearch
from workerlab.traffic import until_every_worker_answers

HERE = Path(__file__).parent
APPS = HERE.parent / "apps"


def one_object_each() -> Any:
    with serve(APPS / "meta_object.py", workers=5) as server:
        burst(server, 400)
        reports = until_every_worker_answers(server, "GET", "/report")
    return {str(pid): report["count"] for pid, report in reports.items()}


def accept_queue() -> Any:
    with serve(APPS / "who.py", workers=5) as server:
        history = burst(server, [("GET", "/who")] * 60, clients=1)
        shares = history.by_pid()
        return {str(pid): len(shares.get(pid, [])) for pid in server.pids}


def lost_update() -> Any:
    with Redis(own=True) as url:
        verdict = explore(APPS / "redis_get_set.py", env={"REDIS_URL": url})
    return verdict.evidence


def missed_message() -> Any:
    """A worker starts, and a PUT falls between its read and its subscription."""
    service = Redis(own=True)
    app, frame = APPS / "settings_read_first.py", {"model": "settings", "after": "GET /settings"}
    with (
        service as url,
        SteppedServer(app, workers=4, env={"REDIS_URL": url}, services=[service.pid]) as on,
    ):
        requests = 'START | PUT /settings {"value": "new"}'
        frame["before"] = 'PUT /settings {"value": "old"}'
        return search(on, requests, preemptions=1, schedules=25, least=25, **frame).evidence


def older_value() -> Any:
    service = Redis(own=True)
    with service as url:
        store = redis.Redis.from_url(url)
        counts = [0] + [store.incrby("count", 5) for _ in range(10)]
        store.save()
        snapshot = len(counts) - 1
        counts += [store.incrby("count", 5) for _ in range(5)] + [store.incrby("count", 2)]
        service.stop(kill=True)  # SIGKILL
        service.start()
        after = [int(store.get("count"))] + [store.incrby("count", 5) for _ in range(2)]
        store.close()
    return {"counts": counts, "snapshot": snapshot, "after": after}


def crash_points() -> Any:
    """For each app and each crash point of one booking: what of it the others find."""
    wish = 'POST /bookings {"seat": "1A", "name": "Ann", "key": "k1"}'
    program = Program.parse(wish, model="bookings")
    found = {}
    with Redis(own=True) as redis_url, Postgres(own=True) as url:
        asyncio.run(_make_the_table(url))
        for app in ("theatre_fields", "theatre_constraint"):
            places = {"REDIS_URL": redis_url, "DATABASE_URL": url}
            with SteppedServer(APPS / f"{app}.py", workers=3, env=places) as theatre:
                found[app] = [*_crashes(CrashSearch(theatre, program, DEADLINE_S))]
    return found


def once_or_twice() -> Any:
    """For each way to send a letter and each crash point: how many there are after all others tried."""
    found = {}
    with Redis(own=True) as url:
        env = {"REDIS_URL": url}
        with SteppedServer(APPS / "job_marked.py", workers=3, env=env) as stepped:
            for way in ("mark-first", "send-first", "with-a-key"):
                program = Program.parse(f"POST /{way}", after="GET /letters")
                found[way] = [*_letters(CrashSearch(stepped, program, DEADLINE_S))]
    return found


def _letters(crashes: CrashSearch) -> Iterator[dict[str, Any]]:
    for point in itertools.count(1):
        crash = crashes.at(point)
        yield {"where": crash.where, "letters": crash.history[-1].output["letters"]}
        if not crash.killed:
            return


async def _make_the_table(url: str) -> None:
    base = await asyncpg.connect(url)
    columns = "id serial, seat text UNIQUE, name text, key text UNIQUE"
    await base.execute(f"CREATE TABLE bookings ({columns})")
    await base.close()


def _crashes(crashes: CrashSearch) -> Iterator[dict[str, str]]:
    for point in itertools.count(1):
        crash = crashes.at(point)
        reports = [event.output for event in crash.history if event.path == "/report"]
        again = next(e.status for e in crash.history if e.client == "-" and e.path == "/bookings")
        numbers = len(reports[0]["booked"]), reports[0]["sold"], again
        left = {(0, 0, 201): "nothing", (1, 1, 200): "all of it"}.get(numbers, "a half")
        yield {"where": crash.where, "left": left}
        if not crash.killed:
            return


def lock_reach() -> Any:
    """For each lock: does it keep apart two requests of one worker, and two workers?"""
    reach = {}
    with tempfile.NamedTemporaryFile() as store:
        store.write(bytes(8))
        store.flush()
        for lock in ("asyncio", "threading", "multiprocessing", "file"):
            frame = {"program": f"POST /{lock} | POST /{lock}", "env": {"STATE_FILE": store.name}}
            frame |= {"model": "serial", "seconds": 1}
            reach[lock] = {
                place: explore(APPS / "four_locks.py", placements=(place,), **frame).passed
                for place in ("one worker", "two workers")
            }
    return reach


def stampede() -> Any:
    """For each app: who answered whom, from when to when, and which answers were computed for it."""
    return {app: _crowd(APPS / f"cache_{app}.py") for app in ("price", "stampede", "claim")}


def _crowd(app: Path) -> Any:
    with Redis(own=True) as url, serve(app, workers=3, env={"CACHE_URL": url}) as server:
        history = burst(server, [("GET", "/price/tea")] * 12, clients=12)
    begin = min(event.called for event in history)
    computed = {event.output["price"]: event for event in sorted(history, key=_returned)[::-1]}
    return [
        {
            "pid": event.pid,
            "called": round(event.called - begin, 3),
            "returned": round(event.returned - begin, 3),
            "computed": computed[event.output["price"]] is event,
        }
        for event in sorted(history, key=lambda event: (event.pid, event.called))
    ]


def _returned(event: Any) -> float:
    return event.returned


def one_worker_told() -> Any:
    """For each app: who answered the POST, and which of the listeners of each worker heard of it."""
    with Redis(own=True) as url:
        return {app: _told(APPS / f"news_{app}.py", url) for app in ("own", "channel")}


def _told(app: Path, url: str) -> Any:
    with ExitStack() as stack:
        server = stack.enter_context(serve(app, workers=5, env={"REDIS_URL": url}))
        lines = server.connections() + server.connections()
        listeners = [
            (pid, stack.enter_context(connect(f"ws://127.0.0.1:{line.port}/news", sock=line.sock)))
            for pid, line in lines
        ]
        for _, listener in listeners:
            listener.recv()  # it says which worker it is
        [posted] = burst(server, [("POST", "/news", {"text": "tea"})])
        heard: dict[int, list[bool]] = {pid: [] for pid in server.pids}
        for pid, listener in listeners:
            with suppress(TimeoutError):
                heard[pid].append(False)
                heard[pid][-1] = listener.recv(timeout=1) == "tea"
    return {"posted": posted.pid, "heard": {str(pid): who for pid, who in heard.items()}}


def two_windows() -> Any:
    """For each app: when a customer asked, ten times a second, and how it was answered."""
    limit, window = 4, 2
    places = {"LIMIT": str(limit), "WINDOW_S": str(window)}
    with Redis(own=True) as url:
        asked = {app: _asked(app, places | {"REDIS_URL": url}) for app in ("clock", "script")}
    return {"limit": limit, "window": window, "asked": asked}


def _asked(app: str, places: dict[str, str]) -> Any:
    window = int(places["WINDOW_S"])
    with serve(APPS / f"limit_{app}.py", workers=5, env=places) as server:
        lines = [line for _, line in server.connections()]
        begin = (time.time() // window + 2) * window  # of a window of the clock
        moments = []
        for number in range(6, 36):
            time.sleep(max(0, begin + number / 10 - time.time()))
            line = lines[number % len(lines)]
            line.request("GET", "/work/ann")
            answer = line.getresponse()
            answer.read()
            moments.append([round(time.time() - begin, 2), answer.status])
    return moments


def two_segments() -> Any:
    """Who made the segment and ended in peace, who went on, who came after, and what they count."""
    name, limit = f"figure-{os.getpid()}", 500
    with tempfile.TemporaryDirectory() as folder:
        env = {"STATE_NAME": name, "STATE_LOCK": f"{folder}/lock"}
        extra = ("--limit-max-requests", str(limit))
        with serve(APPS / "ultra_usual.py", workers=2, env=env, extra=extra) as server:
            burst(server, 5, clients=1)
            before = until_every_worker_answers(server, "GET", "/report")
            (maker,) = [pid for pid, report in before.items() if report["maker"]]
            line = dict(server.connections())[maker]
            with stopped([parents()[maker]]), suppress(OSError):
                line.sock.sendall(b"GET /report HTTP/1.1\r\nHost: -\r\n\r\n" * limit)
                while line.sock.recv(65536):
                    pass
            wait_for_end(maker, 30)
            server.wait_for_workers()
            after = until_every_worker_answers(server, "GET", "/report")
    for segment in Path("/dev/shm").glob(f"{name}*"):
        segment.unlink()
    (stays,) = before.keys() & after.keys()
    (comes,) = after.keys() - before.keys()
    counts = {"old": after[stays]["count"], "new": after[comes]["count"]}
    return {"maker": maker, "stays": stays, "comes": comes, **counts}


def two_transactions() -> Any:
    """In the order in which it happened: who began, read, wrote and committed; and the responses."""
    with Postgres(own=True) as url:
        env, requests = {"DATABASE_URL": url}, "POST /in-a-transaction | POST /in-a-transaction"
        evidence = explore(APPS / "database.py", program=requests, model="serial", env=env).evidence
    moves = [(step["task"], _move(step["source"])) for step in evidence["steps"]]
    moves = [move for move, _ in groupby(move for move in moves if move[1])]
    responses = {asked["task"]: asked["output"]["count"] for asked in evidence["requests"]}
    return {"moves": moves, "responses": responses}


def _move(source: str) -> str:
    words = {"in_transaction": "transaction", ".get(": "read", ".save(": "write"}
    return next((move for word, move in words.items() if word in source), "")


RECORDERS = {
    "accept-queue": accept_queue,
    "crash-points": crash_points,
    "lock-reach": lock_reach,
    "lost-update": lost_update,
    "missed-message": missed_message,
    "older-value": older_value,
    "once-or-twice": once_or_twice,
    "one-object-each": one_object_each,
    "one-worker-told": one_worker_told,
    "stampede": stampede,
    "two-segments": two_segments,
    "two-transactions": two_transactions,
    "two-windows": two_windows,
}


def main(names: list[str]) -> None:
    for name in names or RECORDERS:
        trace = json.dumps(RECORDERS[name](), indent=1, ensure_ascii=False)
        (HERE / "traces" / f"{name}.json").write_text(trace + "\n", encoding="utf-8")
        print(f"{name} recorded")


if __name__ == "__main__":
    main(sys.argv[1:])
