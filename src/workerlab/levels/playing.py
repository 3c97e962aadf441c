"""What a level shows after some choices: pure functions of its record.

The page plays by the same rules (`level.js`); the tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workerlab.errors import BadUsage
from workerlab.levels.level import Did, Ending, Level, Node, Variant


@dataclass(frozen=True)
class State:
    """Where a play stands.

    moves      the choices so far
    did        what the last one led to
    enabled    the requests that can move now; what may run out, and the kill, stand behind them
    waits      the requests that wait for another one
    responses  of each request that has one: '200 {"count": 1}'
    switches   how often a request that could go on was left standing
    ending     how the run ended; None while a request can move
    """

    moves: tuple[str, ...]
    did: tuple[Did, ...]
    enabled: tuple[str, ...]
    waits: tuple[str, ...]
    responses: dict[str, str]
    switches: int
    ending: Ending | None


def state(variant: Variant, moves: Sequence[str]) -> State:
    """Where these choices lead. Raises BadUsage for one that cannot be made there."""
    node, responses, switches = variant["tree"], dict[str, str](), 0
    current: str | None = None
    did: tuple[Did, ...] = ()
    for number, move in enumerate(moves, 1):
        if move not in node.get("next", {}):
            could = " or ".join(node.get("next", {})) or "nothing"
            raise BadUsage(f"move {number}: {move} cannot move there", f"{could} can")
        switches += is_switch(node, current, move)
        node, current = node["next"][move], move
        did = tuple(variant["steps"][at] for at in node["did"])
        responses |= {one["task"]: one["says"] for one in did if one["kind"] == "response"}
    ending = variant["endings"][node["end"]] if "end" in node else None
    enabled = tuple(node.get("next", {}))
    return State(
        tuple(moves), did, enabled, tuple(node.get("waits", "")), responses, switches, ending
    )


def is_switch(node: Node, current: str | None, move: str) -> bool:
    """Whether the request that moved last could go on here, and is left standing."""
    return current != move and current in node.get("next", {})


def schedules(variant: Variant) -> Iterator[tuple[str, ...]]:
    """All of them, each to its end."""
    return (moves for moves, _, _ in _walk(variant["tree"], (), 0))


def _walk(
    node: Node, moves: tuple[str, ...], switches: int
) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """All schedules, each with its switches and the number of its ending."""
    if "end" in node:
        yield moves, switches, node["end"]
    current = moves[-1] if moves else None
    for move, after in node.get("next", {}).items():
        yield from _walk(after, (*moves, move), switches + is_switch(node, current, move))


def best(variant: Variant) -> tuple[str, ...] | None:
    """The simplest schedule that reaches the goal: with the fewest switches; None if none does."""
    found = [
        (switches, len(moves), moves)
        for moves, switches, end in _walk(variant["tree"], (), 0)
        if variant["endings"][end]["reached"]
    ]
    return min(found)[2] if found else None


def par_of(variant: Variant) -> int | None:
    """The fewest switches of any schedule that reaches the goal; None if none does."""
    moves = best(variant)
    return None if moves is None else state(variant, moves).switches


def reaching(variant: Variant) -> int:
    """How many schedules reach the goal."""
    return sum(variant["endings"][end]["reached"] for _, _, end in _walk(variant["tree"], (), 0))


def survivors(level: Level) -> list[int]:
    """The numbers of the variants that no schedule breaks."""
    return [at for at, variant in enumerate(level["variants"]) if variant["survives"]]
