"""Private stores for a submission, and its app on a stepped server."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workerlab.errors import BadUsage
from workerlab.grading.manifest import Manifest
from workerlab.grading.places import StateFile, StateSegment
from workerlab.services import MariaDB, Memcached, Postgres, Redis
from workerlab.services.base import Service
from workerlab.stepping import SteppedServer

__all__ = ["PrivateServices", "private_services", "stepped_submission"]

SERVICES = {
    "redis": (Redis, "REDIS_URL"),
    "postgres": (Postgres, "DATABASE_URL"),
    "memcached": (Memcached, "CACHE_URL"),
    "mariadb": (MariaDB, "MARIADB_URL"),
    "state_file": (StateFile, "STATE_FILE"),
    "state_segment": (StateSegment, "STATE_NAME"),
}
STEPPED_WORKERS = 4  # crash points kill one after the other; two are left to respond meanwhile


@dataclass
class PrivateServices:
    """Stores of our own for one lab.

    env    their addresses, as the app's settings
    pids   their processes
    admin  by the name of a store, the address by which the grader may do everything there
    """

    env: dict[str, str] = field(default_factory=dict)
    pids: list[int | None] = field(default_factory=list)
    admin: dict[str, str] = field(default_factory=dict)


@contextmanager
def private_services(lab: Manifest) -> Iterator[PrivateServices]:
    """Start the stores in the lab's lab.toml, for this process alone, gone afterwards."""
    with ExitStack() as stack:
        private = PrivateServices(env=dict(lab.settings))
        for name in lab.services:
            if name not in SERVICES:
                raise BadUsage(f"{lab.name} asks for an unknown service {name!r}", "fix lab.toml")
            kind, variable = SERVICES[name]
            service = kind(own=True, **_limited(name, lab))
            given = stack.enter_context(service)  # an address, or several settings
            private.env |= given if isinstance(given, dict) else {variable: given}
            private.pids.append(service.pid)
            if isinstance(service, Service):
                private.admin[name] = service.admin_url
        yield private


def _limited(name: str, lab: Manifest) -> dict[str, Any]:
    """Of the stores that can refuse commands, what this lab's apps may do all the same."""
    return {"allowed": lab.redis_allows} if name == "redis" else {}


@contextmanager
def stepped_submission(
    lab: Manifest, folder: Path, workers: int = STEPPED_WORKERS, app: str = "app.py"
) -> Iterator[SteppedServer]:
    """A submission's app under the stepping engine, served as the lab says, with its own stores.

    folder   the submission, put together
    app      the file in it that is served
    """
    with private_services(lab) as private:
        stepped = SteppedServer(
            unswapped(folder / app),
            env=private.env,
            services=private.pids,
            workers=workers,
            runner=lab.runner,
        )
        stepped.__enter__()  # a start that fails leaves nothing to close
        try:
            yield stepped
        finally:
            stepped.close(kill=True)


def unswapped(app: Path) -> Path:
    """The same path. Raises BadUsage when an app has put a link in the place of its own file."""
    if app.is_symlink():
        raise BadUsage(f"{app.name} has become a link while it ran", "let the app's files alone")
    return app
