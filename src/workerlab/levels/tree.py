"""From the runs of all schedules to the tree that is played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from workerlab.errors import WorkerlabError
from workerlab.evidence import Step
from workerlab.levels.level import Did, Ending, Node

T = TypeVar("T")


class RunsDiffer(WorkerlabError):
    """Two runs that begin with the same choices did not do the same."""


@dataclass(frozen=True)
class Moved:
    """One choice of a run: who moved, who could have, what it led to, and who waits after it."""

    name: str
    enabled: tuple[str, ...]
    steps: tuple[Step, ...]
    waits: tuple[str, ...] = ()


@dataclass
class Tree:
    """Grows by one run after the other.

    steps, endings   what nodes refer to by number, each different one once
    root             the node before any choice
    """

    steps: list[Did] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    root: Node = field(default_factory=lambda: Node(did=[]))
    _enabled: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    def add(self, moves: Sequence[Moved], ending: Ending) -> None:
        """Add one run. Raises RunsDiffer when another run began the same way and did otherwise."""
        node, path = self.root, tuple[str, ...]()
        for move in moves:
            self._must_be(path, "could move", self._enabled, tuple(sorted(move.enabled)))
            after = self._node(move)
            path = (*path, move.name)
            known = node.setdefault("next", {}).setdefault(move.name, after)
            seen = {key: known.get(key) for key in ("did", "waits")}
            if seen != {key: after.get(key) for key in ("did", "waits")}:
                told = [[self.steps[at] for at in one["did"]] for one in (known, after)]
                raise RunsDiffer(f"after {'-'.join(path)} one run did {told[0]}, another {told[1]}")
            node = known
        end = _number_of(ending, self.endings)
        if node.setdefault("end", end) != end:
            one, other = self.endings[node["end"]], self.endings[end]
            raise RunsDiffer(f"{'-'.join(path)} ended as {one}, and as {other}")

    def must_be_whole(self) -> None:
        """Raises RunsDiffer unless every choice that a run could have made was made by some run."""
        for path, enabled in self._enabled.items():
            node = self.root
            for move in path:
                node = node["next"][move]
            if tuple(sorted(node.get("next", {}))) != enabled:
                raise RunsDiffer(f"after {'-'.join(path)} not all of {enabled} were tried")

    def ordered(self) -> Node:
        """The root, with the choices of each node in the order of their names."""
        return _ordered(self.root)

    def _must_be(
        self,
        path: tuple[str, ...],
        what: str,
        known: dict[tuple[str, ...], tuple[str, ...]],
        now: tuple[str, ...],
    ) -> None:
        if known.setdefault(path, now) != now:
            raise RunsDiffer(f"after {'-'.join(path)} {known[path]} {what}, then {now}")

    def _node(self, move: Moved) -> Node:
        node: Node = {"did": [_number_of(_did(step), self.steps) for step in move.steps]}
        if move.waits:
            node["waits"] = "".join(sorted(move.waits))
        return node


def _number_of(value: T, known: list[T]) -> int:
    if value not in known:
        known.append(value)
    return known.index(value)


def _did(step: Step) -> Did:
    did: Did = {"task": step["task"], "kind": step["kind"]}
    if step["line"]:
        did["line"] = step["line"]
    if read := step["read"]:
        did["read"] = read
    if wrote := step["wrote"]:
        did["wrote"] = wrote
    if step["kind"] == "response":
        did["says"] = step["source"]
    elif note := step["note"]:
        did["says"] = note
    return did


def _ordered(node: Node) -> Node:
    ordered: Node = {"did": node["did"]}
    if "waits" in node:
        ordered["waits"] = node["waits"]
    if "next" in node:
        ordered["next"] = {name: _ordered(node["next"][name]) for name in sorted(node["next"])}
    if "end" in node:
        ordered["end"] = node["end"]
    return ordered
