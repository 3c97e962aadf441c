"""Does what the reader wrote do what the exercise asks? Found by running it, on real workers.

    [search]     the cell's definitions replace those of an app; passed if no schedule loses
    [schedule]   the cell is a schedule, "A A B B"; passed if it loses, three times of three
    [function]   the cell defines a function; passed if it returns what it should in each case

A search or a schedule says which app, and what is asked as `explore` wants it (`program`, `before`,
`after`, `model`, `workers`, `placements`, …); a model that knows one kind of app ("bookings",
"settings") is asked as `search` wants it. `invariants` are looked for beside the exercises:
"promises.py:one_client_gets_it". These settings of the app are new for each try:

    stores = { REDIS_URL = "redis" }    what leads to a store, and of which kind it is
    files = { STATE_FILE = 8 }          the path of a file, and with how many bytes of 0 it begins
    names = ["STATE_NAME"]              a name that nothing has yet
    state_server = true                 STATE_SERVER and STATE_KEY: where state_server.py, from the
                                        folder of the app, listens meanwhile
    folders = ["SHOP_FOLDER"]           the path of an empty folder

An app of several modules is `served` by its import name, "shop.main:app"; `app` is the module that
the cell is about. `beside` are files that are laid over others of the same name in its folder.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workerlab.contracts.state_server import StateServer
from workerlab.errors import BadUsage, WorkerlabError
from workerlab.notebook.writing.exercise import FOLDER, Exercise
from workerlab.notebook.writing.merged import merged
from workerlab.services import Memcached, Postgres, Redis
from workerlab.services.base import Service
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.explore import explore
from workerlab.stepping.interactive.live_run import LiveRun
from workerlab.stepping.program import TWO_WORKERS
from workerlab.stepping.rehearsal import COUNTER, FOR_ANY_APP
from workerlab.stepping.searching.last_exception import last_exception
from workerlab.stepping.searching.search import search
from workerlab.verdict import Verdict

__all__ = ["Tried", "try_out"]

STORES: dict[str, Callable[..., Service]] = {
    "redis": Redis,
    "memcached": Memcached,
    "postgres": Postgres,
}
SECONDS = 3.0  # of a search, for each placement, unless the exercise says so


@dataclass(frozen=True)
class Tried:
    """What came of a cell: whether it does what is asked, in words, and the verdict behind it."""

    done: bool
    message: str
    verdict: Verdict | None = None


def try_out(exercise: Exercise, cell: str) -> Tried:
    """Run what the reader wrote. What is wrong with it is said, and not raised."""
    ways = {"search": _searched, "schedule": _replayed, "function": _called}
    try:
        return ways[exercise.kind](exercise, cell)
    except WorkerlabError as error:
        why = last_exception(error.details)  # "did not start" says it already
        said = str(error) + ("" if why.strip(" (").partition(",")[0] in str(error) else why)
        return Tried(False, said if why or not error.advice else f"{said}\n{error.advice}")


def _searched(exercise: Exercise, cell: str) -> Tried:
    with _place(exercise) as (app, asked):
        app.write_text(merged(app.read_text(encoding="utf-8"), cell), encoding="utf-8")
        asked = {"seconds": SECONDS, **asked}
        any_app, folder = asked.get("model", COUNTER) in FOR_ANY_APP, exercise.folder / FOLDER
        verdict = (
            explore(asked.pop("served", app), folder=folder, **asked)
            if any_app
            else _by_a_model(app, asked)
        )
    return Tried(verdict.passed, _begun(verdict.message), verdict)


def _by_a_model(app: Path, asked: dict[str, Any]) -> Verdict:
    """A search whose model knows one kind of app: "bookings" or "settings"."""
    server = {key: asked.pop(key) for key in ("env", "services", "workers") if key in asked}
    with SteppedServer(app, **server) as stepped:
        return search(stepped, asked.pop("program"), **asked)


def _replayed(exercise: Exercise, cell: str) -> Tried:
    moves = [letter for letter in cell.upper() if letter.isalpha()]
    with _place(exercise) as (app, asked), ExitStack() as stack:
        placement = asked.pop("placement", TWO_WORKERS)
        settings = {key: asked.pop(key) for key in ("env", "services")}
        workers = 2 if placement == TWO_WORKERS else 1
        stepped = stack.enter_context(SteppedServer(app, workers=workers, **settings))
        run = LiveRun(stepped, asked.pop("program"), placement, **asked)
        stack.callback(run.close)
        run.go(moves)
        if run.schedule != moves:
            return Tried(False, str(run.state()["outcome"]["message"]))
        while could := run.run.enabled:  # who moved last goes on, then the others
            run.step(moves[-1] if moves and moves[-1] in could else could[0])
        verdict = run.check()
    said = verdict.message.removeprefix("not found yet: ").removeprefix("found: ")
    return Tried(verdict.passed, _begun(said), verdict)


def _begun(message: str) -> str:
    """A message as the beginning of a sentence."""
    return message[:1].upper() + message[1:]


def _called(exercise: Exercise, cell: str) -> Tried:
    name, space = exercise.how["name"], dict[str, Any]()
    try:
        exec(compile(cell, "<your cell>", "exec"), space)  # noqa: S102 (the reader's own)
        if (function := space.get(name)) is None:
            return Tried(False, f"The cell does not define {name}.")
        for case in exercise.how["cases"]:
            given, right = case["args"], case["returns"]
            found = function(*given)
            if found != right:
                call = f"{name}({', '.join(map(repr, given))})"
                return Tried(False, f"{call} returned {found!r}. Right is {right!r}.")
    except Exception as error:  # noqa: BLE001 (whatever the reader's code raises)
        return Tried(False, f"{type(error).__name__}: {error}")
    cases = len(exercise.how["cases"])
    return Tried(True, f"{name} returned what it should in {cases} of {cases} cases.")


@contextmanager
def _place(exercise: Exercise) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The app in a copy of its folder, and what is asked of it, with stores of its own."""
    settings = dict(exercise.how)
    original = exercise.folder / settings.pop("app")
    with ExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder = temporary / "app" / original.parent.name
        shutil.copytree(original.parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
        for other in settings.pop("beside", []):
            shutil.copy(exercise.folder / other, folder)
        if "served" in settings:
            settings["app_dir"] = folder.parent
        env, services = dict(settings.get("env", {})), list[int | None]()
        for setting in settings.pop("folders", []):
            env[setting] = str(temporary / setting)
            Path(env[setting]).mkdir()
        for setting, size in settings.pop("files", {}).items():
            env[setting] = str(temporary / setting)
            Path(env[setting]).write_bytes(bytes(size))
        for setting in settings.pop("names", []):
            env[setting] = f"exercise-{secrets.token_hex(8)}"
        if settings.pop("state_server", False):
            server = stack.enter_context(StateServer(folder))
            env |= server.env
            services.append(server.pid)
        for setting, kind in settings.pop("stores", {}).items():
            if kind not in STORES:
                raise BadUsage(f"no store is called {kind}", f"one of {', '.join(STORES)}")
            service = STORES[kind](own=True)
            env[setting] = stack.enter_context(service)
            services.append(service.pid)
        if "placements" in settings:
            settings["placements"] = tuple(settings["placements"])
        yield folder / original.name, settings | {"env": env, "services": services}
