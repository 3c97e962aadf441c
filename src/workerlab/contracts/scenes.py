"""Scenes that play beside the checks, since what takes its time (a lease, a window) need not wait.

Each plays on a stage of its own: a server of the submission, and whatever its checks need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, Protocol, Self, TypeVar

from workerlab.grading.api import CheckInconclusive

__all__ = ["Scene", "Scenes"]


class Stage(Protocol):
    """Where a scene plays.

    tried   its "requests" are counted
    """

    tried: dict[str, int]

    def gather(self) -> None:
        """After a part that went wrong: the next one begins anew."""


S = TypeVar("S", bound=Stage)
Part = Callable[[S], None]
Enter = Callable[[], AbstractContextManager[S]]
Plan = tuple[Enter[Any], list[tuple[Part[Any], "Future[int]"]]]


class Scene:
    """A stage, and what happens on it, part by part.

    enter   makes the stage
    parts   (the check that asks for it, what happens)
    """

    def __init__(self, enter: Enter[S], *parts: tuple[str, Part[S]]) -> None:
        self.enter, self.parts = enter, parts


class Scenes:
    """The scenes that the checks of a run ask for; a context manager.

    scenes   those of one row play one after the other, all rows at once
    checks   the ids of these checks
    """

    def __init__(self, scenes: Iterable[Iterable[Scene]], checks: Iterable[str]) -> None:
        wanted = {*checks}
        self._played: dict[str, list[Future[int]]] = {}
        self._rows = [[self._plan(scene, wanted) for scene in row] for row in scenes]

    def _plan(self, scene: Scene, wanted: set[str]) -> Plan:
        parts: list[tuple[Part[Any], Future[int]]] = []
        for check, part in scene.parts:
            if check in wanted:
                parts.append((part, Future()))
                self._played.setdefault(check, []).append(parts[-1][1])
        return scene.enter, parts

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(len(self._rows))
        for row in self._rows:
            self._pool.submit(_play_row, row)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def went_well(self, check: str, tried: dict[str, int]) -> None:
        """Wait for the parts that a check asks for; raises what went wrong in one of them.

        Inconclusive only if nothing went wrong in the others.
        """
        unclear: CheckInconclusive | None = None
        for part in self._played.get(check, []):
            try:
                tried["requests"] += part.result()
            except CheckInconclusive as error:
                unclear = unclear or error
        if unclear:
            raise unclear


def _play_row(row: list[Plan]) -> None:
    for enter, parts in row:
        if parts:
            _play(enter, parts)


def _play(enter: Enter[S], parts: list[tuple[Part[S], Future[int]]]) -> None:
    try:
        with enter() as stage:
            for part, future in parts:
                _play_one(stage, part, future)
    except BaseException as error:  # noqa: BLE001 (each check raises it again)
        for _, future in parts:
            if not future.done():
                future.set_exception(error)


def _play_one(stage: S, part: Part[S], future: Future[int]) -> None:
    before = stage.tried["requests"]
    try:
        part(stage)
    except BaseException as error:  # noqa: BLE001 (the check raises it again)
        future.set_exception(error)
        stage.gather()  # the next part begins anew
    else:
        future.set_result(stage.tried["requests"] - before)
