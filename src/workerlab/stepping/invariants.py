"""What must be true of every run, in Python: for a service whose whole answers are not the point.

    def never_oversold(run):
        sold = sum(response.status == 200 for response in run.requests)
        assert sold + run.after[0].body["stock"] == 1

An invariant does not hold when it raises AssertionError, or returns False or a sentence.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from workerlab.errors import BadUsage
from workerlab.history import Event
from workerlab.stepping.program import Program

HELP = "name it as module:function, or file.py:function"


@dataclass(frozen=True)
class Response:
    """One response. `body` is its JSON, or its text; headers have names in small letters."""

    status: int | None
    body: Any
    headers: dict[str, str]


class Run(dict[str, Response]):
    """The responses of a run by name: "A", "B", then the paths of the requests after.

    before, requests, after   the same in order
    """

    def __init__(self, program: Program, history: Iterable[Event]) -> None:
        super().__init__()
        self.before: list[Response] = []
        self.requests: list[Response] = []
        self.after: list[Response] = []
        for event in history:
            response = Response(event.status, event.output, event.headers or {})
            if event.client == "-":
                self.before.append(response)
                continue
            at_once = event.client in program.names
            (self.requests if at_once else self.after).append(response)
            self[str(event.client)] = response


@dataclass(frozen=True)
class Invariant:
    """A function that every run must satisfy, and the text by which it is found again."""

    text: str
    function: Callable[[Any], object] = field(compare=False)

    @property
    def name(self) -> str:
        return self.text.rpartition(":")[2]

    def __call__(self, run: Run) -> str:
        """Why it does not hold, in one line; "" when it does. Raises BadUsage when it fails itself."""
        try:
            said = self.function(run)
        except AssertionError as error:
            return self._in_words(str(error))
        except Exception as error:
            line = error.__traceback__ and error.__traceback__.tb_next
            where = f", line {line.tb_lineno}" if line else ""
            message = f"the invariant {self.name} raised {type(error).__name__}: {error}{where}"
            advice = "it must hold, or raise AssertionError, for every response an app may give"
            raise BadUsage(" ".join(message.split()), advice) from error
        if said is False or (isinstance(said, str) and said):
            return self._in_words(said or "")
        return ""

    def _in_words(self, why: str) -> str:
        promise, why = (_first_line(text) for text in (inspect.getdoc(self.function), why))
        words = f"{promise} ({why})" if promise and why else promise or why
        return f"{self.name} does not hold" + (f": {words}" if words else "")


def _first_line(text: str | None) -> str:
    return next(iter((text or "").strip().splitlines()), "").rstrip(".")


def broken(program: Program, history: Iterable[Event]) -> str:
    """The first invariant that a run does not satisfy, in words, or ""."""
    run = Run(program, history)
    found = (str(invariant(run)) for invariant in program.invariants)
    return next((why for why in found if why), "")


def invariant(given: str | Callable[[Any], object], folder: str | Path = "") -> Invariant:
    """An invariant from a function, or from "module:function" or "file.py:function".

    folder   where modules and files are looked for first

    Raises BadUsage when there is none.
    """
    if isinstance(given, Invariant):
        return given
    if callable(given):
        name = getattr(given, "__qualname__", type(given).__name__)
        return Invariant(f"{inspect.getsourcefile(inspect.unwrap(given)) or ''}:{name}", given)
    place, colon, name = given.rpartition(":")
    if not (colon and place and name.isidentifier()):
        raise BadUsage(f"{given!r} is not an invariant", HELP)
    file = Path(folder, place)
    module = _from_file(file) if place.endswith(".py") else _from_module(place, folder)
    found = getattr(module, name, None)
    if not callable(found):
        raise BadUsage(f"there is no function {name} in {place}", HELP)
    return Invariant(f"{file.resolve() if place.endswith('.py') else place}:{name}", found)


def _from_file(file: Path) -> ModuleType:
    if not file.is_file():
        raise BadUsage(f"there is no file {file}", HELP)
    spec = spec_from_file_location(f"invariants_{file.stem}", file)
    assert spec and spec.loader  # its name ends in .py
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise _not_loaded(file, error) from error
    return module


def _from_module(name: str, folder: str | Path) -> ModuleType:
    place = str(Path(folder).resolve())
    sys.path.insert(0, place)
    try:
        return import_module(name)
    except Exception as error:
        raise _not_loaded(name, error) from error
    finally:
        sys.path.remove(place)


def _not_loaded(what: object, error: Exception) -> BadUsage:
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return BadUsage(f"the invariants in {what} cannot be loaded: {said}", HELP)
