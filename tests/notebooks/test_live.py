"""The live step of each chapter from 03 to 12: it can be solved by hand, and Run All does not do it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from chapters import CHAPTERS, NOTEBOOKS, read

from workerlab import live
from workerlab.contracts.state_server import StateServer
from workerlab.grading.places import StateFile
from workerlab.services import Memcached, Postgres, Redis
from workerlab.stepping import search

NUMBERS = [f"{number:02}" for number in range(3, 13)]
CELL = {"03": "by-hand"}  # its id, where it is not "live"
GUEST = 'POST /bookings {{"seat": "{}", "name": "{}", "key": "{}"}}'
Names = dict[str, Any]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the search reads /proc")


def manager(stack: ExitStack, _: Path) -> Names:
    state = stack.enter_context(StateServer(Path("apps/manager")))
    return {"state": state, "env": lambda way: state.env | {"WAY": way}}


def a_file(_: ExitStack, place: Path) -> Names:
    (place / "count").write_bytes(bytes(8))
    return {"state": {"STATE_FILE": str(place / "count")}}


def shared_memory(_: ExitStack, place: Path) -> Names:
    return {"state": {"STATE_NAME": f"live-{place.name}", "STATE_LOCK": str(place / "lock")}}


def sqlite(stack: ExitStack, _: Path) -> Names:
    return {"path": stack.enter_context(StateFile())}


def redis(stack: ExitStack, _: Path) -> Names:
    place = {"REDIS_URL": stack.enter_context(Redis(own=True))}
    return {
        "place": place,
        "cyd": GUEST.format("2B", "Cyd", "k3"),
        "ann": GUEST.format("1A", "Ann", "k1"),
    }


def memcached(stack: ExitStack, _: Path) -> Names:
    return {"settings": {"CACHE_URL": stack.enter_context(Memcached(own=True))}}


def postgres(stack: ExitStack, _: Path) -> Names:
    service = Postgres(own=True)
    return {"service": service, "url": stack.enter_context(service), "app": "apps/database.py"}


NEEDS: dict[str, Callable[[ExitStack, Path], Names]] = {
    "03": a_file, "04": manager, "05": lambda *_: {}, "06": shared_memory, "07": sqlite,
    "08": redis, "09": memcached, "10": postgres, "11": redis, "12": redis,
}  # fmt: skip


def the_cell(number: str) -> str:
    (chapter,) = [path for path in CHAPTERS if path.name.startswith(number)]
    wanted = CELL.get(number, "live")
    return next(cell.source for cell in read(chapter).cells if cell.id == wanted)


@pytest.fixture
def in_the_notebooks(monkeypatch, tmp_path) -> Iterator[tuple[ExitStack, Path]]:
    monkeypatch.chdir(NOTEBOOKS)
    with ExitStack() as stack:
        yield stack, tmp_path


@pytest.mark.further
@pytest.mark.parametrize("number", NUMBERS)
def test_its_goal_is_reached_by_hand_and_not_before(number, in_the_notebooks, monkeypatch):
    names = NEEDS[number](*in_the_notebooks)
    for name, value in names.get("place", names.get("state", {})).items() if number != "04" else ():
        monkeypatch.setenv(name, value)
    tree = ast.parse(the_cell(number))
    *before, last = tree.body
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Name):
        before, last = before[:-1], before[-1]  # game = live(…), and then its name
    names["live"] = live
    exec(compile(ast.Module(before, []), "cell", "exec"), names)
    game = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    try:
        assert game.goal and game.outcome["status"] not in ("found", "solved")
        assert not game.check().passed
        lost = search(
            game.run.stepped, game.run.program, placements=(game.run.placement,), seconds=20
        )
        assert lost.status == "failed"
        game.reset()
        game.go(lost.evidence["schedule"])
        assert game.check().passed
    finally:
        game.close()
