"""`--with redis`: private stores for an app, as the settings that it reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workerlab.errors import AppDidNotStart, BadUsage, ServiceMissing
from workerlab.services import Postgres, Redis
from workerlab.services.base import Service

STORES: dict[str, type[Service]] = {"redis": Redis, "postgres": Postgres}


@dataclass
class Stores:
    """The settings that lead to the stores, and the stores' process ids."""

    env: dict[str, str] = field(default_factory=dict)
    pids: list[int | None] = field(default_factory=list)


@contextmanager
def stores(names: list[str], app: str) -> Iterator[Stores]:
    """Start the named stores for this process alone, gone afterwards.

    Raises BadUsage for a store that we do not have, ServiceMissing when one cannot be started,
    or when the environment names one for this app that does not respond. An app that does not
    start for want of a store gets a hint at `--with`.
    """
    with ExitStack() as stack:
        found = Stores()
        for name in names:
            if name not in STORES:
                raise BadUsage(f"there is no store {name!r}", f"choose one of: {', '.join(STORES)}")
            service = STORES[name](own=True)
            found.env[service.variable] = stack.enter_context(service)
            found.pids.append(service.pid)
        for name, kind in STORES.items():
            if (
                kind.variable not in found.env
                and os.environ.get(kind.variable)
                and _reads(app, kind)
            ):
                _must_respond(name, kind)
        try:
            yield found
        except AppDidNotStart as error:
            for name, kind in STORES.items():
                if kind.variable in f"{error} {error.details}" and kind.variable not in found.env:
                    error.advice = f"it needs {kind.name}: put --with {name} behind the command"
            raise


def _must_respond(name: str, kind: type[Service]) -> None:
    try:
        kind().start()  # one that the environment names is not started, only looked for
    except ServiceMissing as error:
        error.advice = f"start it there, or put --with {name} behind the command for a private one"
        raise


def _reads(app: str, kind: type[Service]) -> bool:
    """Whether the app's file mentions the setting of this kind of store."""
    path = Path(app)
    try:
        file = path / "app.py" if path.is_dir() else path
        return kind.variable in file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
