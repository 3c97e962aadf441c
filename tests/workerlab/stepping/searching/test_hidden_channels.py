"""No search calls itself complete that has not seen how two workers share something.

Each app loses an update, on a channel of another kind. What the reduced search has run must show
every outcome that there is, unless it says that it cannot tell.
"""

import asyncio
import json
from collections.abc import Iterator

import asyncpg
import channels
import pytest

from workerlab.services import Memcached, Postgres, Redis
from workerlab.stepping import Program, SteppedServer, search
from workerlab.stepping.program import TWO_WORKERS
from workerlab.stepping.searching.reduction import ReducedScheduler
from workerlab.stepping.searching.schedulers import OnceScheduler

TWO = Program.parse("POST /increment | POST /increment")
OUTCOMES = {
    "A 1 B 2 report 2",
    "B 1 A 2 report 2",
    "A 1 B 1 report 1",
}  # one after the other, and lost
MOST = 250
ALWAYS = {  # one of each kind; the others run at night
    "a descriptor that stays open", "how many files exist", "mapped to be read, written as a file",
    "libc's read and write", "the shell", "one thread, and a queue", "os.write on the socket",
    "in a script", "sqlite, write-ahead", "a trigger",
}  # fmt: skip
FURTHER = {"how many files exist", "libc's read and write", "os.write on the socket", "a trigger"}


def marks(name: str) -> list[pytest.MarkDecorator]:
    if name in FURTHER:
        return [pytest.mark.further]
    return [] if name in ALWAYS else [pytest.mark.nightly]


CASES = [
    pytest.param(source, id=f"{kind}: {name}", marks=marks(name))
    for kind, ways in channels.KINDS.items()
    for name, source in ways.items()
]


@pytest.fixture(scope="module")
def stores() -> Iterator[dict[str, str]]:
    with Redis(own=True) as redis, Postgres(own=True) as base, Memcached(own=True) as cache:

        async def lay_tables() -> None:
            line = await asyncpg.connect(base)
            await line.execute(channels.TABLES)
            await line.close()

        asyncio.run(lay_tables())
        yield {"STORE": redis, "DATABASE": base, "CACHE": cache.rpartition(":")[2]}


@pytest.fixture
def stepped(request, tmp_path, stores) -> Iterator[SteppedServer]:
    (tmp_path / "app.py").write_text(channels.SERVICE.format(channel=request.param))
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "keep").write_bytes(b"0")
    env = {**stores, "PLACE": str(tmp_path / "place")}
    with SteppedServer(tmp_path / "app.py", workers=2, env=env) as one:
        yield one


def outcome(trace) -> str:
    """The counts of A, of B, and of the report, in the order in which A and B counted."""
    counts = [
        (e.client, e.output["count"] if e.ok else e.status)
        for e in trace.history
        if e.client != "-"
    ]
    two = sorted(counts[:2], key=lambda pair: (pair[1], pair[0]))
    return " ".join(f"{name} {count}" for name, count in [*two, *counts[2:]])


@pytest.mark.parametrize("stepped", CASES, indirect=True)
def test_what_is_not_seen_is_not_called_complete(stepped):
    stepped.run(TWO, TWO_WORKERS, OnceScheduler())
    reduced = ReducedScheduler(stepped.placed(TWO))
    outcomes, tried = set(), 0
    while tried < MOST and reduced.new_execution():
        trace = stepped.run(TWO, TWO_WORKERS, reduced)
        reduced.finished(trace)
        outcomes.add(outcome(trace))
        tried += 1
    print(json.dumps([reduced.exhausted, tried, reduced.classes, [*reduced.caveats]]))
    assert not reduced.exhausted or outcomes >= OUTCOMES


@pytest.mark.nightly
@pytest.mark.parametrize("stepped", CASES, indirect=True)
def test_each_of_them_does_lose(stepped):
    assert search(stepped, TWO, placements=(TWO_WORKERS,)).status == "failed"


HIDES = """
import workerlab.stepping.worker.footprint as footprint
footprint.Watch.take = lambda self: ([], [])
"""


@pytest.mark.parametrize("stepped", [HIDES + channels.TEXT], indirect=True)
def test_one_that_hides_what_it_touches_loses_all_the_same(stepped):
    assert search(stepped, TWO, placements=(TWO_WORKERS,)).status == "failed"
