"""Takes a snapshot before each choice of a schedule that is run to be shown, and has it judged."""

from __future__ import annotations

import functools
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any
from weakref import WeakSet

from witness.judging import judgements
from witness.snapshots import Held, Stores

HOLD_S = 10.0  # looking takes time, for which no run is discarded
SERVICES: WeakSet[Any] = WeakSet()  # that have been started here


class Watched:
    """A scheduler that looks at the stores before it chooses."""

    def __init__(self, scheduler: Any, stores: Stores) -> None:
        self._scheduler, self._stores = scheduler, stores
        self.seen: list[Held] = []

    def choose(self, step: int, enabled: tuple[str, ...], current: str | None) -> str:
        self.seen.append(self._stores.look())
        chosen: str = self._scheduler.choose(step, enabled, current)
        return chosen


def watch_services(module: Any) -> None:
    """From now on know the services, since some have an administrator who sees more."""
    usual = module.Service.start

    @functools.wraps(usual)
    def start(self: Any) -> str:
        SERVICES.add(self)
        url: str = usual(self)
        return url

    module.Service.start = start


def watch_schedules(module: Any) -> None:
    """From now on judge each schedule that a stepped server runs to show its values."""
    usual = module.SteppedServer.run

    @functools.wraps(usual)
    def run(
        self: Any,
        program: Any,
        placement: str,
        scheduler: Any,
        *,
        explain: bool = False,
        **more: Any,
    ) -> Any:
        if not explain:
            return usual(self, program, placement, scheduler, **more)
        stores = Stores(self, [one.admin_url for one in SERVICES if one.url])
        try:
            watched = Watched(scheduler, stores)
            more.setdefault("hold_s", HOLD_S)
            trace = usual(self, program, placement, watched, explain=True, **more)
            seen = [*watched.seen]
            if trace.end in ("finished", "stuck"):
                seen.append(stores.look())
            add(self, program, trace, seen)
        finally:
            stores.close()
        return trace

    module.SteppedServer.run = run


def add(server: Any, program: Any, trace: Any, seen: list[Held]) -> None:
    """Add the judgements of a run to the file, a line of JSON each; an error is a line as well."""
    common = {"app": Path(server.server.app).name, "program": str(program)}
    try:
        rows = [common | row for row in judgements(program, trace, seen)]
    except Exception:  # noqa: BLE001 (the witness breaks no run; the command counts these lines)
        rows = [common | {"verdict": "broken", "how": traceback.format_exc()}]
        print(rows[0]["how"], file=sys.stderr)
    with Path(os.environ["WITNESS"]).open("a", encoding="utf-8") as lines:
        lines.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
