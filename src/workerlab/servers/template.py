"""`python -m workerlab.servers.template FD`: a process that has imported libraries, to be forked.

A server's parent process (`fork_server`) imports FastAPI and what else the app needs, which takes
longer than all the rest of its start. One run of the grader starts several servers of one app, so
those libraries are imported here, once, and each server's parent begins as a fork of this process:
with the lifeline that looks after it, which is forked first.

It runs nothing of the app, has no thread, and ends with the process that it works for.
"""

from __future__ import annotations

import fcntl
import json
import os
import runpy
import select
import signal
import socket
import sys
import tempfile
from multiprocessing import process
from typing import Any, NoReturn

from workerlab.processes.starts import LIFELINE
from workerlab.processes.tree import PR_SET_DUMPABLE, process_control, watch
from workerlab.servers import fork_server
from workerlab.servers.as_new import close_all_but, handlers, restore, run_to_the_end
from workerlab.servers.preload import preload

STANDARD = (0, 1, 2)
SIZE = 8  # bytes that say how long an order is
MOST_FDS = 64
FREE = 512  # from here on no descriptor has been given out yet
# What a lifeline makes of its signals before a command begins, and then Python of SIGINT.
BEGUN: dict[int, Any] = {
    **dict.fromkeys((signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP), signal.SIG_DFL),
    signal.SIGINT: signal.default_int_handler,
}
SECRET = 32  # bytes by which multiprocessing's processes know each other


class Template:
    """This process, as it is before it is forked."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        # A submission may run as the same user, and is not to read or write what it is forked from.
        process_control(PR_SET_DUMPABLE, 0)
        self.caller = watch(os.getppid())
        self.handlers = handlers()
        os.environ.pop("WORKERLAB_AGENT", None)  # what a server carries it imports by itself
        preload()
        self.modules, self.path = {*sys.modules}, sys.path[:]
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Linux itself forgets lifelines that end

    def serve(self) -> None:
        """Fork a lifeline for each order, until the caller hangs up or ends."""
        while True:
            ready = select.select([self.line, *self.caller], [], [])[0]
            if not {*self.caller}.isdisjoint(ready):
                return
            try:
                order, fds = self.read_order()
                (self.obey if "words" in order else self.try_to_enter)(order, fds)
            except OSError:  # the caller has hung up, perhaps amid an order
                break
        self.wait_for_lifelines()

    def read_order(self) -> tuple[dict[str, Any], list[int]]:
        head, fds, _, _ = socket.recv_fds(self.line, SIZE, MOST_FDS)
        size = int.from_bytes(head, "big")
        text = self.line.recv(size, socket.MSG_WAITALL)
        if not text or len(text) < size:
            raise ConnectionError
        return json.loads(text), fds

    def obey(self, order: dict[str, Any], fds: list[int]) -> None:
        pid = os.fork()
        if pid == 0:
            self.become_lifeline(order, fds)
        for number in fds:
            os.close(number)
        self.line.sendall(pid.to_bytes(SIZE, "big"))

    def try_to_enter(self, order: dict[str, Any], fds: list[int]) -> None:
        """Reply whether a fork comes into the sandbox, and apart; it ends there."""
        heard, said = os.pipe()
        if os.fork() == 0:
            try:
                entrance = order["entrance"] | {"namespaces": fds}
                go({"entrance": entrance, "apart": {"folders": []}}, os.sep)
                os.write(said, b"+")
            finally:
                os._exit(0)
        for number in (said, *fds):
            os.close(number)
        entered = os.read(heard, 1)
        os.close(heard)
        self.line.sendall(len(entered).to_bytes(SIZE, "big"))

    def wait_for_lifelines(self) -> None:
        """They take the end of this process for the end of the caller."""
        while not {*self.caller} & {*select.select(self.caller, [], [], 1)[0]}:
            try:
                os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:  # none is left
                return

    def become_lifeline(self, order: dict[str, Any], fds: list[int]) -> NoReturn:
        """In the fork: what `subprocess.Popen` and a new Python would make of it.

        fds   its folder, its standard streams, and those that its command is given
        """
        status = 1
        try:
            os.setsid()
            os.fchdir(fds[0])
            high = [fcntl.fcntl(number, fcntl.F_DUPFD, FREE) for number in fds[1:]]
            passed = [*order["fds"], *order.get("entrance", {}).get("namespaces", ())]
            for source, target in zip(high, (*STANDARD, *passed), strict=True):
                os.dup2(source, target)
            close_all_but(passed)
            restore(self.handlers)
            os.environ.clear()
            os.environ.update(order["env"])
            status = self.run_lifeline(order)
        except BaseException:  # noqa: BLE001 (as any Python says it)
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(status)

    def run_lifeline(self, order: dict[str, Any]) -> int:
        sys.path.insert(0, str(LIFELINE.parent))  # before packages with the names of its modules
        script: dict[str, Any] = runpy.run_path(str(LIFELINE))
        # The same lifeline, whose command is a fork, too.
        kind = type(
            "Forking",
            (script["Lifeline"],),
            {"run_command": lambda lifeline: self.become_parent(lifeline.command, order)},
        )
        status: int = script["main"](order["words"], kind)
        return status

    def become_parent(self, command: list[str], order: dict[str, Any]) -> NoReturn:
        """In the fork of the lifeline: run `fork_server` as its command line would, and end.

        command   its command line, perhaps behind those that would make its sandbox
        """
        process_control(PR_SET_DUMPABLE, "entrance" not in order)
        go(order, os.getcwd())
        process_control(PR_SET_DUMPABLE, 1)
        doors = order.get("apart", {}).get("fd")  # closed by now
        close_all_but([number for number in order["fds"] if number != doors])
        restore({**self.handlers, **BEGUN})
        for name in {*sys.modules} - self.modules:
            del sys.modules[name]  # the lifeline's, of which an app may have its own
        sys.path[:] = [os.getcwd(), *self.path[1:]]
        module = command.index("-m")
        arguments = command[module + 2 :]
        sys.orig_argv = command[module - 1 :]
        sys.argv = [str(fork_server.__file__), *arguments]
        tempfile.tempdir = None
        process.current_process().authkey = os.urandom(SECRET)
        process.ORIGINAL_DIR = os.getcwd()  # type: ignore[attr-defined]  # where this one began
        run_to_the_end(lambda: fork_server.main(arguments))


def go(order: dict[str, Any], folder: str) -> None:
    """Go where the command is to be: into its sandbox, and to another machine, so to speak.

    folder   where it is to be there

    What this imports is taken away again: it must not be there before an app.
    """
    from workerlab.processes.entering import enter
    from workerlab.servers import elsewhere

    entrance, apart = order.get("entrance"), order.get("apart")

    def part() -> None:
        if apart:
            (elsewhere.part if entrance else elsewhere.leave)(apart["folders"])
            if "fd" in apart:
                elsewhere.leave_doors(apart["fd"], apart["places"])

    if entrance:
        enter(entrance, folder, part)
    elif apart:
        part()
        os.chdir(folder)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as line:
        Template(line).serve()
