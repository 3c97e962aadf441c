"""Templates of server processes, as the process that starts servers knows them.

`starts_for` says how the lifeline of a server starts: as a fork of a template that has the app's
libraries, or plainly, where an app could tell the difference, or the machine cannot do it.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from workerlab.processes.entrance import Entrance, entrance_to
from workerlab.processes.sandbox import Sandbox, confined
from workerlab.processes.starts import Forked, Lifeline, Starts, as_a_script
from workerlab.servers.environment import for_python
from workerlab.servers.libraries import libraries, own_files
from workerlab.servers.preload import KNOWN
from workerlab.servers.telling import may_tell

__all__ = ["Forks", "end", "prepare", "starts_for"]

PROGRAM = "workerlab.servers.template"
SIZE = 8  # bytes that say how long an order is, and which process has been made
MOST = 4  # templates at one time: each takes some 50 MB
PATIENCE_S = 60.0  # for a template to have its libraries
# Settings that Python, the C library or a library that is imported here reads before an app could.
READ_EARLY = (
    *("PYTHON", "_PYTHON", "LC_", "LANG", "LD_", "TZ", "SSL_", "OPENSSL", "MALLOC_", "GLIBC_"),
    *("HOME", "USER", "LOGNAME", "LNAME", "PYDANTIC_", "PSYCOPG_", "WEBSOCKETS_", "MSGPACK_"),
    *("OTEL_", "SQLALCHEMY_", "DISABLE_SQLALCHEMY_"),
)
MEASURED = "COVERAGE_PROCESS_START"  # coverage counts from the start of a process
Key = tuple[frozenset[str], frozenset[tuple[str, str]]]  # libraries, settings


class Template:
    """A process that has libraries, and forks lifelines.

    env   its environment: that of the first server
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._line, theirs = socket.socketpair()
        self._line.settimeout(PATIENCE_S)
        self._one_at_a_time = Lock()
        self._tried: dict[Entrance, bool] = {}
        with theirs:
            number = theirs.fileno()
            self._process = subprocess.Popen(
                [sys.executable, "-m", PROGRAM, str(number)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=dict(env),
                pass_fds=[number],
                start_new_session=True,  # the caller's Ctrl-C stays outside
            )

    def fork(
        self,
        words: list[str],
        env: Mapping[str, str] | None,
        cwd: str | Path | None,
        fds: tuple[int, ...],
        ways: Mapping[str, Any],
    ) -> Lifeline | None:
        """Fork a lifeline; None when there is no template any more.

        ways   where the command goes before it begins: see `Forks`
        """
        order = {"words": words, "env": dict(env or os.environ), "fds": fds, **ways}
        fds = (*fds, *ways.get("entrance", {}).get("namespaces", ()))
        # A folder that is gone by the time of the fork is no error of the fork's.
        folder = os.open(cwd or os.curdir, os.O_PATH | os.O_DIRECTORY)
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        try:
            pid = self._ask(order, [folder, theirs_in, theirs_out, 2, *fds])
        except BaseException as problem:
            self.let_go()  # what it still answers would be taken for the answer to another order
            os.close(ours_in)
            os.close(ours_out)
            if isinstance(problem, OSError):
                return None
            raise  # Ctrl-C: the lifeline, if there is one, ends as its pipe is closed
        finally:
            for number in (folder, theirs_in, theirs_out):
                os.close(number)
        return Forked(pid, os.fdopen(ours_in, "wb", 0), os.fdopen(ours_out, "rb", 0))

    def can_enter(self, entrance: Entrance) -> bool:
        """Whether a fork of it comes into this sandbox: one fork tries, once."""
        if entrance not in self._tried:
            self._tried[entrance] = False
            try:
                entered = self._ask({"entrance": entrance.order()}, [*entrance.fds])
                self._tried[entrance] = bool(entered)
            except BaseException as problem:
                self.let_go()  # as in `fork`
                if not isinstance(problem, OSError):
                    raise
        return self._tried[entrance]

    def _ask(self, order: dict[str, Any], fds: list[int]) -> int:
        """The pid of the lifeline. Raises OSError when there is no template any more."""
        text = json.dumps(order).encode()
        with self._one_at_a_time:
            socket.send_fds(self._line, [len(text).to_bytes(SIZE, "big")], fds)
            self._line.sendall(text)
            if not (answer := self._line.recv(SIZE, socket.MSG_WAITALL)):
                raise ConnectionError("the template has ended")
        return int.from_bytes(answer, "big")

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    @property
    def of_use(self) -> bool:
        return not self.ended and self._line.fileno() >= 0

    def let_go(self) -> None:
        """It ends when the lifelines that it has forked have ended."""
        self._line.close()

    def end(self) -> None:
        """It ends now, and with it all that it has forked."""
        self._line.close()
        self._process.kill()
        self._process.wait()


class Forks:
    """Starts lifelines as forks of a template; plainly when that has died.

    entrance   to the sandbox of their command
    apart      how the command goes to another machine, so to speak: see `Apart.order`
    """

    def __init__(
        self, template: Template, entrance: Entrance | None, apart: dict[str, Any] | None
    ) -> None:
        self._template, self._entered = template, entrance is not None
        self._ways = {"entrance": entrance.order()} if entrance else {}
        self._ways |= {"apart": apart} if apart else {}

    def __call__(
        self,
        words: list[str],
        env: Mapping[str, str] | None,
        cwd: str | Path | None,
        fds: tuple[int, ...],
    ) -> Lifeline:
        if forked := self._template.fork(words, env, cwd, fds, self._ways):
            return forked
        # The words hold the whole command for a plain start, such as bubblewrap's.
        return as_a_script([*(["wrapped=1"] if self._entered else []), *words], env, cwd, fds)


class Templates:
    """Those of this process; the last used come last."""

    def __init__(self) -> None:
        self._known: dict[Key, Template] = {}
        self._given_up: list[Template] = []
        self._lock = Lock()

    def get(self, key: Key, env: Mapping[str, str]) -> Template:
        """The template for this key, made with this environment if there is none that lives."""
        with self._lock:
            template = self._known.pop(key, None)
            if template and not template.of_use:
                self._give_up(template)
                template = None
            self._known[key] = template = template or Template(env)
            while len(self._known) > MOST:
                self._give_up(self._known.pop(next(iter(self._known))))
            self._given_up = [one for one in self._given_up if not one.ended]
        return template

    def _give_up(self, template: Template) -> None:
        template.let_go()
        self._given_up.append(template)

    def end(self) -> None:
        for template in [*self._known.values(), *self._given_up]:
            template.end()


_of_process: dict[int, Templates] = {}  # by pid: a process that was forked makes its own


def _ours() -> Templates:
    return _of_process.setdefault(os.getpid(), Templates())


@atexit.register
def end() -> None:
    """End all templates of this process, and with them every server that is left of theirs."""
    if ours := _of_process.pop(os.getpid(), None):
        ours.end()


def starts_for(
    app: str,
    env: Mapping[str, str],
    sandbox: Sandbox | None = None,
    apart: dict[str, Any] | None = None,
) -> Starts:
    """How the lifeline of a warm server of this app starts, which has this environment.

    sandbox   the one that the server runs in
    apart     how it goes to another machine, so to speak: see `Apart.order`
    """
    entrance = entrance_to(sandbox) if sandbox else None
    if sandbox and not entrance:
        return as_a_script
    template = _template_for(Path(app), env)
    if template is None or (entrance and not template.can_enter(entrance)):
        return as_a_script
    return Forks(template, entrance, apart)


def _template_for(app: Path, env: Mapping[str, str]) -> Template | None:
    """None for an app that could tell the difference."""
    if sys.platform != "linux" or app.suffix != ".py" or MEASURED in env or may_tell(app):
        return None
    named = {name for own in own_files(app) for name in libraries(own)}
    needed = frozenset(name for name in named if name.partition(".")[0] in KNOWN)
    early = frozenset((name, env[name]) for name in env if name.startswith(READ_EARLY))
    return _ours().get((needed, early), env)


def prepare(app: str | Path) -> None:
    """Begin to import what servers of this app will have, while their stores are not there yet."""
    sandbox = confined()
    if sandbox is None or entrance_to(sandbox):
        _template_for(Path(app), {**for_python(), "WORKERLAB_APP": str(app)})
