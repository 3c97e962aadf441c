"""Where an app runs for a search: on a copy of its folder, or in place; and what is kept of its files."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workerlab.errors import BadUsage, WorkerlabError
from workerlab.processes.app_folder import root_of
from workerlab.processes.child import Child
from workerlab.processes.pythons import python_at
from workerlab.restoring.copied import copy_file, copy_folder
from workerlab.restoring.real_servers import files_named, must_name_none

COMMAND_S = 600.0  # for a migration


@dataclass
class Place:
    """The app to be served, and where.

    app, app_dir   as for Server
    root           the folder that it runs on: the copy, or its own
    own            its own folder
    kept           where its workers keep what a file was
    keeps          whether they do so
    env            its settings
    used           settings of the environment whose servers are used as they are
    programs       the folder of the app's own interpreter, and of the commands installed beside it
    """

    app: str
    app_dir: Path | None
    root: Path
    own: Path
    kept: Path
    keeps: bool = True
    env: dict[str, str] = field(default_factory=dict)
    used: tuple[str, ...] = ()
    programs: Path | None = None

    @property
    def settings(self) -> dict[str, str]:
        """All settings of the workers."""
        return {**self.env, "WORKERLAB_KEPT": str(self.kept)} if self.keeps else self.env

    @property
    def is_copy(self) -> bool:
        return self.root != self.own

    def call(self, command: str, what: str) -> None:
        """Run a command of the reader's in the app's folder, with its settings. Raises BadUsage.

        It finds the commands of the app's own environment first, as in a shell that has it activated.
        """
        try:
            done = self._run(command)
        except subprocess.TimeoutExpired:
            message = f"{what} did not end within {COMMAND_S:g} s"
            raise BadUsage(message, f"see that `{command}` works in {self.own}") from None
        if done.returncode:
            said = f"{done.stdout}{done.stderr}".strip()
            last = in_short(said) or "it said nothing"
            raise BadUsage(
                f"{what} ended with status {done.returncode}: {last[:200]}",
                f"see that `{command}` works in {self.own}",
                self.in_own_words(said),
            )

    def _run(self, command: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, **self.env}
        if self.programs:
            env["PATH"] = os.pathsep.join([str(self.programs), env.get("PATH", os.defpath)])
        return subprocess.run(  # noqa: S602 (it is the reader's own shell command)
            command, shell=True, cwd=self.root, env=env, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_S, check=False,
        )  # fmt: skip

    def must_not_have_refused(self) -> None:
        """Raises BadUsage when the app has tried to change what is not its own here."""
        try:
            what, _, advice = (self.kept / "refused").read_text(encoding="utf-8").partition("\n")
        except OSError:
            return
        raise BadUsage(what, advice)

    def in_own_words(self, text: str) -> str:
        """A text in which the app's own folder stands in place of the copy."""
        return text.replace(str(self.root), str(self.own)) if self.is_copy else text


@contextmanager
def place_for(
    app: str | Path,
    app_dir: str | Path | None,
    env: Mapping[str, str] | None,
    *,
    in_place: bool,
    keeps: bool = True,
    python: str | Path | None = None,
) -> Iterator[Place]:
    """A place for the app, gone afterwards.

    keeps      its workers keep what they change; on a copy they always do
    in_place   the app works on its own files, and on the stores that its environment names
    python     the app's own interpreter, or its virtual environment

    Raises BadUsage for a folder that is too large, and for a setting that leads to a real store.
    What is raised meanwhile tells of the app's own folder.
    """
    own, env = root_of(app, app_dir), dict(env or {})
    in_place = in_place or not _is_there(app, own)  # the server says so
    used = {} if in_place else must_name_none(own, env)
    holder = Child(private=True, many_files=True)
    holder.open(["/bin/true"])  # it is never started: the folder goes when we are gone
    try:
        kept = holder.folder / "kept"
        kept.mkdir()
        root = own
        if not in_place and own.is_dir():
            root = holder.folder / "copy" / (own.name or "app")
            copy_folder(own, root)
            env |= _copies(own, env, holder.folder / "named")
        inside = None if in_place else [str(holder.folder)]
        rules = {"inside": inside, "named": [*env.values(), *used.values()]}
        (kept / "rules.json").write_text(json.dumps(rules), encoding="utf-8")
        place = Place(
            *_moved(app, app_dir, own, root), root=root, own=own, kept=kept,
            keeps=keeps or not in_place, env=env, used=tuple(used),
            programs=python_at(python).parent if python else None,
        )  # fmt: skip
        try:
            yield place
        except WorkerlabError as error:
            place.must_not_have_refused()
            error.details, error.advice = map(place.in_own_words, (error.details, error.advice))
            error.args = tuple(place.in_own_words(str(text)) for text in error.args)
            raise
    finally:
        holder.close()


def _copies(own: Path, env: dict[str, str], folder: Path) -> dict[str, str]:
    """The settings that lead to files outside of the app's folder, changed to lead to copies."""
    found = {}
    for number, (name, value, path) in enumerate(files_named(own, env)):
        copy = folder / str(number) / path.name
        copy.parent.mkdir(parents=True)
        copy_file(path, copy)
        found[name] = value.replace(str(path), str(copy))
    return found


def _moved(
    app: str | Path, app_dir: str | Path | None, own: Path, root: Path
) -> tuple[str, Path | None]:
    """The same app in the copy, and the folder that it runs in: of a package, the one above."""
    if root == own:
        given = Path(app_dir) if app_dir else None
        return str(app), given or (own if _is_there(app, own) else None)
    if ":" in str(app):
        return str(app), root
    return str(root / Path(app).resolve().relative_to(own)), root


def _is_there(app: str | Path, own: Path) -> bool:
    path = Path(app).resolve()
    return own.is_dir() and (":" in str(app) or (path.exists() and path.is_relative_to(own)))


def in_short(said: str) -> str:
    """Of what a command has said the line that tells most: of a traceback the exception, else the last.

    >>> in_short("Traceback (most recent call last):\\n  File …\\nNotSupported: uuid\\n(see its page)")
    'NotSupported: uuid'
    """
    *_, last = said.rpartition("Traceback (most recent call last):\n")
    lines = [line for line in last.splitlines() if line.strip()]
    if last != said:
        return next((line for line in lines if not line.startswith(" ")), "")
    return lines[-1] if lines else ""
