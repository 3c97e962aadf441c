"""How an app is started for a question: what `explore` and `scout` are told of it, in one place."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from workerlab.questions.settings import from_files
from workerlab.services.base import Service
from workerlab.services.private import stores as private_stores
from workerlab.stepping.same_start import Start

REPEATED = ("stores", "forms", "env_file")


@dataclass(frozen=True)
class Starting:
    """An app, and how it starts.

    stores     "redis", "postgres": started for this app alone, and gone afterwards
    env        settings of the app; they win over those in `env_file`, as do the stores' addresses.
               What they name is used as it is
    forms      more settings that lead to a store: NAME=FORM, with {host} and the like in it
    app_dir    where the app runs and imports from; its own folder
    python     the app's own interpreter, or its virtual environment
    migrate    a command that is run once, before the app starts
    reset_command  a command that is run before each schedule, to reset the data
    in_place   the app runs on its own files and stores, not on a copy of its folder
    """

    app: str
    stores: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    env_file: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    app_dir: str = ""
    python: str = ""
    migrate: str = ""
    reset_command: str = ""
    in_place: bool = False

    @classmethod
    def of(
        cls, app: str | Path, given: Mapping[str, Any], asked: Mapping[str, Any] | None = None
    ) -> Self:
        """From options among which there may be others; those `given` win over those `asked`."""
        asked = asked or {}
        found = {name: given.get(name) or asked.get(name) for name in NAMES}
        found["env"] = {**(asked.get("env") or {}), **(given.get("env") or {})}
        found["env_file"] = [*(asked.get("env_file") or ()), *(given.get("env_file") or ())]
        for name in REPEATED:
            found[name] = tuple(map(str, found[name] or ()))
        for name in ("app_dir", "python"):
            found[name] = str(found[name] or "")
        return cls(str(app), **{name: value for name, value in found.items() if value})

    @property
    def start(self) -> Start:
        """How each of its runs begins."""
        return Start(in_place=self.in_place, reset=self.reset_command, migrate=self.migrate)

    @property
    def served(self) -> dict[str, Any]:
        """What the server is told."""
        return {"app_dir": self.app_dir or None, "python": self.python or None}

    @contextmanager
    def opened(
        self, note: Callable[[str], None] | None = None
    ) -> Iterator[tuple[dict[str, str], list[Service]]]:
        """Start the stores; the settings of the app, and the stores.

        note   is told of settings that were found in the app's own files

        Raises BadUsage for what cannot be read or chosen, and ServiceMissing.
        """
        files = from_files(self.env_file)
        names = [*self.stores]
        own = private_stores(names, self.app, self.forms, self.app_dir or None, self.python or None)
        with own as private:
            for name, value in private.found.items():
                if note and name not in self.env:
                    note(f"{name}={value} is set for the app")
            yield {**files, **private.env, **self.env}, private.services

    def record(self) -> dict[str, Any]:
        """What a result says of it, for `workerlab replay`: of the settings only the names."""
        folder = self.app_dir or "." * (":" in self.app)
        return {
            "app_dir": str(Path(folder).resolve()) if folder else None,
            "python": str(Path(self.python).absolute()) if self.python else None,
            "env": sorted(self.env),
            "env_file": [str(Path(file).resolve()) for file in self.env_file],
            "stores": [*self.stores],
            "forms": [*self.forms],
            "migrate": self.migrate,
            "reset_command": self.reset_command,
            "in_place": self.in_place,
        }

    def in_shell(self) -> str:
        """The same as options of `workerlab explore`; for the value of a setting stands its name."""
        words = [word for store in self.stores for word in ("--with", store)]
        for option, text in (("--app-dir", self.app_dir), ("--python", self.python)):
            words += [option, text] if text else []
        words += [word for file in self.env_file for word in ("--env-file", file)]
        words += [word for form in self.forms for word in ("--as", form)]
        for option, text in (("--migrate", self.migrate), ("--reset-command", self.reset_command)):
            words += [option, text] if text else []
        words += ["--in-place"] * self.in_place
        return " ".join(filter(None, [shlex.join(words), *map(_by_name, self.env)]))

    def with_values(self, command: str) -> str:
        """A command that has what `in_shell` says, with the values of the settings: for the reader's eyes.

        >>> Starting("app.py", env={"KEY": "a b"}).with_values('explore app.py --env KEY="$KEY"')
        "explore app.py --env 'KEY=a b'"
        """
        for name, value in self.env.items():
            command = command.replace(_by_name(name), shlex.join(["--env", f"{name}={value}"]))
        return command


NAMES = tuple(one.name for one in fields(Starting) if one.name != "app")


def _by_name(name: str) -> str:
    return f'--env {name}="${name}"'


def findable(app: str) -> str:
    """An app's file or name, for any working directory."""
    return app if ":" in app else str(Path(app).resolve())
