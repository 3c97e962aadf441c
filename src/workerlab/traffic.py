"""Bursts of requests over real connections, and the history they leave.

Each client sends one request after the other; many clients do so at once. Which worker gets a
request is settled when its *connection* is made, so the connection policy is the experiment:

    "new"         every request on a connection of its own: Linux chooses a worker each time
    "keep-alive"  one connection for each client: a client stays with the worker it met first
    "per-worker"  one connection to each worker, requests dealt out in turn: an even spread

    history = burst(server, 400)                                     # 400 x POST /increment
    history = burst(server, [("POST", "/increment"), ("GET", "/report")], clients=2)
    history.by_pid()                                                 # the responses of each worker

A request without a response stays in the history as unknown. Nothing is ever sent twice.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import httpx

from workerlab.bounded_json import LONGEST_RESPONSE, loaded, read_response
from workerlab.errors import BadUsage, NotReady
from workerlab.history import Event, History
from workerlab.processes.patience import Deadline
from workerlab.servers.readiness import PROBE

if TYPE_CHECKING:
    from workerlab.servers.server import Server

__all__ = ["burst", "until_every_worker_answers"]

Connections = Literal["new", "keep-alive", "per-worker"]
POLICIES = ("new", "keep-alive", "per-worker")
Request = tuple[str, str] | tuple[str, str, Any]  # method, path, and perhaps a JSON body

T = TypeVar("T")


def burst(
    target: Server | str,
    requests: Iterable[Request] | int = 400,
    clients: int = 40,
    connections: Connections = "new",
    timeout: float = 5.0,
) -> History:
    """Send `requests` from `clients` clients at once, and return their history.

    `target` is a Server or a URL; a number of requests means that many POST /increment.
    `timeout` is in seconds, for each request. With "per-worker" there are as many clients as
    workers, for any `clients`. Works inside a running event loop, such as Jupyter's.
    Raises BadUsage for wrong arguments, NotReady when some worker cannot be reached.
    """
    return in_own_loop(aburst(target, requests, clients, connections, timeout))


async def aburst(
    target: Server | str,
    requests: Iterable[Request] | int = 400,
    clients: int = 40,
    connections: Connections = "new",
    timeout: float = 5.0,
) -> History:
    """Do the same as `burst`, for code that has an event loop of its own."""
    if isinstance(requests, int):
        requests = [("POST", "/increment")] * requests
    if connections not in POLICIES or clients < 1 or timeout <= 0:
        raise BadUsage(
            "a burst needs at least one client, a timeout above 0 s and a connection policy",
            f"the policies are {', '.join(POLICIES)}",
        )
    requests = list(requests)
    history = History()
    async with AsyncExitStack() as leaving:
        if connections == "per-worker":
            lines = await _one_to_each_worker(target, leaving)
            shares = [iter(requests[place :: len(lines)]) for place in range(len(lines))]
        else:
            urls = _urls(target)
            count = min(clients, max(len(requests), 1))
            lines = [_connection(urls[n % len(urls)], connections != "new") for n in range(count)]
            for line in lines:
                await leaving.enter_async_context(line)
            shares = [
                iter(requests)
            ] * count  # one queue for all: a free client takes the next request
        async with asyncio.TaskGroup() as group:
            for number, (line, share) in enumerate(zip(lines, shares, strict=True)):
                group.create_task(_client(number, line, share, timeout, history))
    history.sort(key=lambda event: event.called)
    return history


def until_every_worker_answers(
    server: Server | str, method: str = "GET", path: str = "/report", deadline: float = 60.0
) -> dict[int, Any]:
    """Ask each worker of `server` once, over a new connection; the responses by process id.

    Linux does not deal connections out evenly, so the server opens as many as it takes to
    meet every worker. `deadline` is in seconds. Raises NotReady when a worker does not respond.
    """
    until, outputs = time.monotonic() + deadline, {}
    for pid, connection in sorted(_lines_to(server), key=lambda pair: pair[0]):
        with closing(connection):
            connection.sock.settimeout(max(0.1, until - time.monotonic()))
            try:
                connection.request(method, path)
                outputs[pid] = _decoded(read_response(connection.getresponse()))
            except (OSError, HTTPException) as error:
                why = type(error).__name__
                raise NotReady(f"worker {pid} did not answer {method} {path} ({why})") from error
    return outputs


async def _client(
    number: int, line: httpx.AsyncClient, requests: Iterator[Request], timeout: float, to: History
) -> None:
    for request in requests:
        to.append(await ask(line, number, request, timeout))


async def ask(
    line: httpx.AsyncClient, client: int | str, request: Request, timeout: float
) -> Event:
    """Send one request and return its outcome, also an error, as an event.

    The time `called` is taken before anything is sent, `returned` after the last byte came:
    the request took effect somewhere in between, if at all.
    """
    method, path, *body = request
    sent = body[0] if body else None
    called = time.monotonic()
    try:
        # httpx counts each wait anew: a slow drip never ends
        async with patiently(timeout), line.stream(method, path, json=sent) as answer:
            text = await _text_of(answer)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        seen = "Timeout" if isinstance(error, TimeoutError) else type(error).__name__
        return Event(client, method, path, sent, called, error=seen)
    returned = time.monotonic()
    pid = _pid_of(answer)
    return Event(client, method, path, sent, called, returned, answer.status_code, text, pid)


@asynccontextmanager
async def patiently(seconds: float) -> AsyncIterator[None]:
    """Raise TimeoutError in the block after `seconds`, without those that no processor was given."""
    deadline, loop = Deadline(seconds), asyncio.get_running_loop()

    async def watch() -> None:
        while not deadline.passed:
            await asyncio.sleep(deadline.next_look)
        limit.reschedule(loop.time())

    async with asyncio.timeout(None) as limit:
        watching = loop.create_task(watch())
        try:
            yield
        finally:
            watching.cancel()


async def _text_of(answer: httpx.Response) -> Any:
    """The response's JSON, or else its text; raw, so that nothing small unpacks into something big."""
    body = bytearray()
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) > LONGEST_RESPONSE:
            break
    return _decoded(bytes(body[:LONGEST_RESPONSE]))


def _decoded(body: bytes) -> Any:
    text = body.decode(errors="replace")
    try:
        return loaded(text)
    except ValueError:
        return text


def _pid_of(answer: httpx.Response) -> int | None:
    pid = answer.headers.get("x-worker-pid", "")
    return int(pid) if pid.isascii() and pid.isdigit() else None


def _connection(url: str, keep: bool) -> httpx.AsyncClient:
    """One client's way to the server: kept open between requests, or made anew for each."""
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1 if keep else 0)
    # No certificates, no proxy from the environment, no compression: the server is next door.
    headers = {"accept-encoding": "identity", "connection": "keep-alive" if keep else "close"}
    return httpx.AsyncClient(
        base_url=url,
        limits=limits,
        verify=False,  # noqa: S501 (plain HTTP on loopback; loading certificates takes 20 ms)
        trust_env=False,
        headers=headers,
        timeout=None,  # noqa: S113 (each request brings its own)
    )


def _urls(target: Server | str) -> list[str]:
    if isinstance(target, str):
        if not target.startswith(("http://", "https://")):
            raise BadUsage(f"{target!r} is not an address", "give a Server or http://...")
        return [target]
    return list(target.urls)


def _lines_to(server: Server | str) -> list[tuple[int, HTTPConnection]]:
    if isinstance(server, str):
        raise BadUsage("a URL does not say how many workers there are", "give a Server")
    return server.connections()


async def _one_to_each_worker(
    server: Server | str, leaving: AsyncExitStack, deadline: float = 60.0
) -> list[httpx.AsyncClient]:
    """Open connections until there is one to each worker, in order of process id; keep those.

    Many at a time: a worker that is busy with one cannot be the first to accept all of them.
    """
    if isinstance(server, str):
        raise BadUsage("a URL does not say how many workers there are", "give a Server")
    found: dict[int, httpx.AsyncClient] = {}
    until = time.monotonic() + deadline
    while missing := set(server.pids) - set(found):
        if time.monotonic() > until:
            names = ", ".join(map(str, sorted(missing)))
            raise NotReady(f"no connection to worker {names} in {deadline:g} s")
        urls = _urls(server)
        lines = [_connection(urls[n % len(urls)], keep=True) for n in range(32)]
        for line in lines:
            leaving.push_async_callback(line.aclose)
        met = await asyncio.gather(*(ask(line, "-", ("GET", PROBE), deadline) for line in lines))
        for line, event in zip(lines, met, strict=True):
            if event.pid in missing and event.pid not in found:
                found[event.pid] = line
            else:
                await line.aclose()
    return [found[pid] for pid in sorted(found)]


def in_own_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, from plain code or from inside a running event loop.

    In a loop (a notebook cell) it runs in a thread with a loop of its own. An interrupt stops
    it there too.
    """
    return _in_a_thread(work) if _in_a_loop() else asyncio.run(work)


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _in_a_thread(work: Coroutine[Any, Any, T]) -> T:
    loop = asyncio.new_event_loop()
    task = loop.create_task(work)
    outcome: list[BaseException] = []
    ended = threading.Event()  # not join(): interrupted once, it takes the thread for ended

    def run() -> None:
        try:
            with closing(loop):
                loop.run_until_complete(task)
        except BaseException as error:  # noqa: BLE001 (raised again below, in the caller's thread)
            outcome.append(error)
        finally:
            ended.set()

    try:
        threading.Thread(target=run, name="burst", daemon=True).start()
        ended.wait()
    except BaseException:
        with suppress(RuntimeError):  # it may have closed this very moment
            loop.call_soon_threadsafe(task.cancel)
        ended.wait()
        raise
    if outcome:
        raise outcome[0]
    return task.result()
