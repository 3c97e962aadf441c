"""Scenes that play beside the checks, since what takes its time (a lease, a window) need not wait.

Each plays on a stage of its own: a server of the submission, and whatever its checks need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Semaphore
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import urlsplit

from workerlab.grading.api import CheckInconclusive
from workerlab.network.delay import Link
from workerlab.processes.waiting import CORES
from workerlab.servers import Server

__all__ = ["Beside", "Scene", "Scenes", "beside"]


class Stage(Protocol):
    """Where a scene plays.

    tried   its "requests" are counted
    """

    tried: dict[str, int]

    def gather(self) -> None:
        """After a part that went wrong: the next one begins anew."""


class Beside:
    """A server of its own on a database of its own, where each part brings what it needs.

    store   the address of that database
    link    the server's way to it
    """

    def __init__(self, server: Server, store: str, link: Link) -> None:
        self.server, self.store, self.link, self.tried = server, store, link, {"requests": 0}

    def gather(self) -> None:
        """Nothing is left of a part."""


@contextmanager
def beside(
    launch: Callable[..., Server],
    redis: str,
    number: int,
    *,
    env: Mapping[str, str] | None = None,
    **options: Any,
) -> Iterator[Beside]:
    """Launch a server on database `number` of a Redis, over a link.

    redis     the address of any of its databases
    env       more settings
    options   those of the launched server
    """
    place = urlsplit(redis)
    assert place.hostname and place.port  # a store of the grader's
    with Link(place.hostname, place.port) as link:
        settings = {**(env or {}), "REDIS_URL": f"redis://127.0.0.1:{link.port}/{number}"}
        with launch(env=settings, **options) as server:
            yield Beside(server, f"redis://{place.hostname}:{place.port}/{number}", link)


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

    A server that starts needs a processor; what follows mostly waits. So no more stages start at one
    moment than there are processors, and the first rows are under way before the last ones begin.

    scenes   those of one row play one after the other, all rows at once; the longest rows come first
    checks   the ids of these checks
    """

    def __init__(self, scenes: Iterable[Iterable[Scene]], checks: Iterable[str]) -> None:
        wanted = {*checks}
        self._played: dict[str, list[Future[int]]] = {}
        self._starting = Semaphore(CORES)
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
            self._pool.submit(self._play_row, row)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def until_all_are_over(self) -> None:
        """Wait, for what needs the processors to itself; what went wrong is raised by `went_well`."""
        wait(part for parts in self._played.values() for part in parts)

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

    def _play_row(self, row: list[Plan]) -> None:
        for enter, parts in row:
            if parts:
                self._play(enter, parts)

    def _play(self, enter: Enter[S], parts: list[tuple[Part[S], Future[int]]]) -> None:
        try:
            with ExitStack() as stack:
                with self._starting:
                    stage = stack.enter_context(enter())
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
