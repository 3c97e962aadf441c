"""Meeting every worker of a server, though Linux decides which worker accepts a connection.

Fresh connections are not dealt out evenly: of sixty, one worker may get four. So connections
are opened until every worker has responded on one; and every other round, those already met are
stopped (SIGSTOP) for a fraction of a second, so that the next connection reaches a new worker.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException
from socket import socket

from workerlab.errors import NotReady
from workerlab.processes.patience import Deadline, wait_to_read
from workerlab.processes.tree import alive

__all__ = ["PROBE", "meet_one", "stopped", "wait_for_end"]

PROBE = "/.workerlab/worker"  # answered by boot.py, without the app
SHORTEST, LONGEST = 0.05, 0.8  # seconds that known workers are held, for others to be met
PACE = 0.01  # seconds between rounds in which only known workers responded
END_S = 5.0  # seconds in which a killed process must have ended
AT_ONCE = 4  # connections opened at once, at least


def meet(
    port: int,
    workers: int,
    deadline: float,
    *,
    check: Callable[[], None] = lambda: None,
    ours: Callable[[int], bool] = lambda pid: True,
    kept_waiting: Callable[[], float] = lambda: 0.0,
    path: str = PROBE,
) -> dict[int, HTTPConnection]:
    """Open connections to 127.0.0.1:port until `workers` different workers have responded.

    Returns one kept-alive connection for each worker's pid. `check` is called every round and
    may raise, when waiting is pointless. A response counts only if its pid is `ours`: workers run
    the reader's code, and what they claim to be gets signals. Raises NotReady after `deadline`
    seconds, to which come those in which the machine had other things to do: `kept_waiting()`.
    """
    until = time.monotonic() + deadline
    met: dict[int, HTTPConnection] = {}
    asked: list[HTTPConnection] = []
    stop_the_known, hold = False, SHORTEST
    try:
        while len(met) < workers:
            check()
            if time.monotonic() > until and time.monotonic() > until + kept_waiting():
                raise NotReady(f"{len(met)} of {workers} workers answered within {deadline:g} s")
            missing = max(AT_ONCE, 2 * (workers - len(met))) - len(asked)
            asked += [_ask(port, path, deadline) for _ in range(missing)]
            with stopped(met if stop_the_known else ()):
                answered = select.select([c.sock for c in asked], [], [], hold)[0]
            if _hear(asked, answered, met, ours):
                hold = SHORTEST
            elif answered:
                time.sleep(PACE)
            elif stop_the_known:  # on a busy machine the other workers need longer
                hold = min(2 * hold, LONGEST)
            stop_the_known = not stop_the_known
        _forget_the_dead(met)
    except BaseException:
        close(met.values())
        raise
    finally:
        close(asked)
    if len(met) >= workers:
        return met
    close(met.values())  # one died between its response and the last one's: meet them all anew
    left = until - time.monotonic()
    return meet(port, workers, left, check=check, ours=ours, kept_waiting=kept_waiting, path=path)


def meet_one(
    port: int, pid: int, others: Iterable[int], many: int, deadline: float
) -> list[HTTPConnection]:
    """Open so many connections to 127.0.0.1:port that this worker accepts: the others are held.

    Returns kept-alive connections. Raises NotReady when it has not answered on one of them within
    `deadline` seconds.
    """
    with ExitStack() as stack:
        with stopped(others):
            asked = [_ask(port, PROBE, deadline) for _ in range(many)]
            stack.callback(close, asked)
            limit = Deadline(deadline)
            for connection in asked:
                if _answer_within(connection, limit) != pid:
                    raise NotReady(f"worker {pid} did not answer within {deadline:g} s")
        stack.pop_all()
    return asked


def _answer_within(connection: HTTPConnection, limit: Deadline) -> int | None:
    try:
        wait_to_read(connection.sock, limit)
    except TimeoutError:
        return None
    return _answer(connection)


def is_open(connection: HTTPConnection) -> bool:
    """Whether a kept connection, on which nothing is awaited, can be used again.

    A server may hang up between two requests: a request then gets a reset, and no response.
    """
    if connection.sock is None:
        return False
    poll = select.poll()  # unlike `select.select`, it takes descriptors above 1,023
    poll.register(connection.sock, select.POLLIN)
    return not poll.poll(0)


def _ask(port: int, path: str, timeout: float) -> HTTPConnection:
    connection = HTTPConnection("127.0.0.1", port, timeout=timeout)
    connection.request("GET", path)
    return connection


def _hear(
    asked: list[HTTPConnection],
    answered: list[socket],
    met: dict[int, HTTPConnection],
    ours: Callable[[int], bool],
) -> bool:
    """Read the responses that have come; keep the connections to new workers. True if any is new."""
    news = False
    for connection in [c for c in asked if c.sock in answered]:
        asked.remove(connection)
        pid = _answer(connection)
        if pid and pid not in met and connection.sock and ours(pid):
            met[pid] = connection
            news = True
        else:
            connection.close()
    return news


def _answer(connection: HTTPConnection) -> int | None:
    """The pid in a response; None if the worker went away instead, or said more than a probe's."""
    try:
        response = connection.getresponse()
        if response.read(1):  # only the app, in boot.py's place, would say anything
            return None
        return int(response.headers["x-worker-pid"])
    except (OSError, HTTPException, TypeError, ValueError):
        return None


def _forget_the_dead(met: dict[int, HTTPConnection]) -> None:
    for pid in met.keys() - alive(met):
        met.pop(pid).close()


def close(connections: Iterable[HTTPConnection]) -> None:
    for connection in connections:
        connection.close()


@contextmanager
def stopped(pids: Iterable[int]) -> Iterator[None]:
    """Hold the processes with SIGSTOP while the block runs; SIGCONT in every case."""
    held = [pid for pid in pids if _signal(pid, signal.SIGSTOP)]
    try:
        yield
    finally:
        for pid in held:
            _signal(pid, signal.SIGCONT)


def _signal(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def wait_for_end(pid: int, deadline: float = END_S) -> None:
    """Return when the process has ended; raises NotReady after `deadline` seconds."""
    limit = Deadline(deadline)
    while alive([pid]):
        if limit.passed:
            raise NotReady(f"process {pid} did not end within {deadline:g} s")
        time.sleep(0.002)
