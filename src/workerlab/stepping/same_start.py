"""A stepped server each of whose runs begins the same: on a copy of the app, with its data put back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from workerlab.errors import AppDidNotStart
from workerlab.restoring.files import Files
from workerlab.restoring.memcached import MemcachedData
from workerlab.restoring.place import Place, place_for
from workerlab.restoring.postgres import PostgresData
from workerlab.restoring.redis import RedisData
from workerlab.restoring.start_state import Data, StartState
from workerlab.services.base import Service
from workerlab.stepping.controller.stepped_server import SteppedServer, nothing

_MAY_BE_THERE = re.compile(r"exists|locked|unique|duplicate", re.IGNORECASE)  # by another worker
DATA: dict[str, Callable[[str], Data]] = {
    "PostgreSQL": PostgresData,
    "Redis": RedisData,
    "Memcached": MemcachedData,
}


@dataclass(frozen=True)
class Start:
    """How an app starts, and how each run of it begins.

    in_place  the app works on its own files, not on a copy of its folder, and may use the stores
              that its environment names
    restore   its data are put back before each run
    reset     a command that does so too, after that; "" for none
    migrate   a command that is run once, before the app starts; "" for none
    """

    in_place: bool = False
    restore: bool = True
    reset: str = ""
    migrate: str = ""


@dataclass
class Started:
    """An app that has started: its server, its place, and the start of each run.

    files       what it changes
    left_alone  the names of its stores whose data are not put back
    stumbled    why the first start failed, where the second did not; or ""
    """

    stepped: SteppedServer
    place: Place
    state: StartState
    files: Files
    left_alone: list[str]
    stumbled: str = ""

    def go_on(self) -> None:
        """From now on each run begins where the last one ended, unless a command resets it."""
        self.state.close()
        self.state.stores, self.state.files = [], None
        if not self.stepped.signs_out:  # no command resets it
            self.stepped.put_back = self.stepped.keep = nothing

    def in_words(self) -> Iterator[str]:
        """What a reader should know of how each run began, in lines."""
        if self.stumbled:
            yield (
                f"workers that start at the same moment, on no data, do not all start: {self.stumbled} "
                "(the second time they did)"
            )
        if self.stepped.put_back == self.state.put_back:
            yield self.state.in_words(self.place.root)
            if self.left_alone:
                yield f"not put back: {', '.join(self.left_alone)}"
        if self.place.used:
            names = ", ".join(self.place.used)
            yield f"used as it is, and not put back: the server that {names} in the environment names"
        if self.stepped.anew:
            yield "the workers were started anew each time, since they have state of their own"
        if told := self.state.left_alone(self.place.root):
            yield told
        if self.place.is_copy and self.files.inside(self.place.root):
            yield f"it ran on a copy of {self.place.own}; --in-place to use the real one"


@contextmanager
def started(
    app: str | Path,
    start: Start,
    *,
    app_dir: str | Path | None = None,
    env: Mapping[str, str] | None = None,
    stores: Iterable[Service] = (),
    services: Iterable[int | None] = (),
    **options: Any,
) -> Iterator[Started]:
    """Start the app under the conductor; nothing has been asked of it yet.

    stores     those of ours that the app is given: their data are put back
    services   process ids of other stores
    options    those of SteppedServer

    Raises what SteppedServer raises, and BadUsage for what must not be touched or cannot be copied.
    """
    stores = [*stores]
    pids = [*services, *(store.pid for store in stores)]
    where = place_for(
        app,
        app_dir,
        env,
        in_place=start.in_place,
        keeps=start.restore,
        python=options.get("python"),
    )
    with where as place:
        if start.migrate:
            place.call(start.migrate, "the migration")

        def served() -> SteppedServer:
            return SteppedServer(
                place.app, app_dir=place.app_dir, env=place.settings, services=pids,
                library_endpoints=True, **options,
            )  # fmt: skip

        with ExitStack() as at_the_end, ExitStack() as serving:
            stepped, stumbled = _entered(served, serving)
            reset = partial(place.call, start.reset, "the reset command") if start.reset else None
            files = Files(place.kept, lambda: stepped.connections.roots)
            known = [one for one in stores if one.name in DATA and not one.external]
            data = [DATA[one.name](one.admin_url) for one in known if start.restore]
            state = StartState(files if start.restore else None, data, reset)
            at_the_end.enter_context(closing(state))
            if start.restore or start.reset:
                state.take()
                stepped.put_back, stepped.keep = state.put_back, state.keep
                stepped.signs_out = bool(start.reset)  # it may remove who has signed in
                at_the_end.callback(state.put_back)  # when the workers are gone
            left_alone = [one.name for one in stores if one not in known]
            yield Started(stepped, place, state, files, left_alone, stumbled)
            place.must_not_have_refused()


def _entered(make: Callable[[], SteppedServer], until: ExitStack) -> tuple[SteppedServer, str]:
    """A server that has started, and why it did not the first time, or "".

    Two workers may both make a table that is not there, and one of them fails: a fault of its own
    kind. The next start finds the table.
    """
    try:
        return until.enter_context(make()), ""
    except AppDidNotStart as error:
        why = f"{error}"
        if not _MAY_BE_THERE.search(f"{why} {error.details}"):
            raise
        with suppress(AppDidNotStart):
            return until.enter_context(make()), why
        raise
