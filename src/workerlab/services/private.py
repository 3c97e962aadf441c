"""`--with redis`: private stores for an app, as the settings that it reads."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from workerlab.errors import AppDidNotStart, BadUsage, ServiceMissing, WorkerlabError
from workerlab.processes.app_folder import root_of, texts
from workerlab.processes.pythons import python_at
from workerlab.services import MariaDB, Memcached, Postgres, Redis, extensions, settings
from workerlab.services.base import Service

STORES: dict[str, type[Service]] = {
    "redis": Redis,
    "postgres": Postgres,
    "memcached": Memcached,
    "mariadb": MariaDB,
}


@dataclass
class Stores:
    """The settings that lead to the stores, the stores, and their process ids.

    found   those settings whose names or forms were read from the app's own files
    """

    env: dict[str, str] = field(default_factory=dict)
    pids: list[int | None] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    found: dict[str, str] = field(default_factory=dict)


@contextmanager
def stores(
    names: list[str],
    app: str,
    forms: Sequence[str] = (),
    app_dir: str | Path | None = None,
    python: str | Path | None = None,
) -> Iterator[Stores]:
    """Start the named stores for this process alone, gone afterwards.

    forms   more settings, as NAME=FORM: see `settings.asked_for`
    python  the app's own interpreter, or its virtual environment

    Raises BadUsage for a store that we do not have, ServiceMissing when one cannot be started,
    or when the environment names one for this app that does not respond. An app that does not
    start for want of a store gets a hint at `--with`.
    """
    with ExitStack() as stack:
        found = Stores()
        urls: dict[str, str] = {}
        for name in names:
            if name not in STORES:
                raise BadUsage(f"there is no store {name!r}", f"choose one of: {', '.join(STORES)}")
            service = STORES[name](own=True)
            urls[name] = found.env[service.variable] = stack.enter_context(service)
            if name == "postgres":
                found.env |= settings.defaults_of_postgres(urls[name])
            found.pids.append(service.pid)
            found.services.append(service)
        if urls:
            said = settings.of_this_app(app, texts(root_of(app, app_dir)))
            found.found = settings.usual(urls, said, partial(is_installed, python))
            found.env |= found.found
            _make_extensions(found, said)
        found.env |= settings.asked_for(urls, forms)
        for name, kind in STORES.items():
            if (
                kind.variable not in found.env
                and os.environ.get(kind.variable)
                and _reads(app, kind)
            ):
                _must_respond(name, kind)
        try:
            yield found
        except WorkerlabError as error:
            if isinstance(error, AppDidNotStart):
                _advise(error, found)
            if "postgres" in urls:
                extensions.explain(error)
            raise


def is_installed(python: str | Path | None, package: str) -> bool:
    """Whether a package is in this environment; in ours unless one is named."""
    if python is None:
        return find_spec(package) is not None
    prefix = python_at(python).parent.parent
    return any(prefix.glob(f"lib/python*/site-packages/{package}"))


def _make_extensions(found: Stores, said: list[str]) -> None:
    for service in found.services:
        if isinstance(service, Postgres) and (named := extensions.named_in(said)):
            extensions.make(service.admin_url, named)


def _advise(error: AppDidNotStart, found: Stores) -> None:
    for name, kind in STORES.items():
        if kind.variable in f"{error} {error.details}" and kind.variable not in found.env:
            error.advice = f"it needs {kind.name}: put --with {name} behind the command"


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
