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

import selectors
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any, Literal

from workerlab.bounded_json import json_or_text, read_response
from workerlab.client import Client, Request
from workerlab.errors import BadUsage, NotReady
from workerlab.history import Event, History

if TYPE_CHECKING:
    from workerlab.servers.server import Server

__all__ = ["burst", "until_every_worker_answers"]

Connections = Literal["new", "keep-alive", "per-worker"]
POLICIES = ("new", "keep-alive", "per-worker")
LOOK_S = 0.1  # seconds between two looks whether a response is overdue


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
    if isinstance(requests, int):
        requests = [("POST", "/increment")] * requests
    if connections not in POLICIES or clients < 1 or timeout <= 0:
        raise BadUsage(
            "a burst needs at least one client, a timeout above 0 s and a connection policy",
            f"the policies are {', '.join(POLICIES)}",
        )
    requests = list(requests)
    with ExitStack() as leaving:
        if connections == "per-worker":
            (url, *_), lines = _urls(target), _lines_to(target)
            shares = [iter(requests[place :: len(lines)]) for place in range(len(lines))]
            all_clients = [
                Client(number, url, timeout, keep=True, line=line)
                for number, (_, line) in enumerate(lines)
            ]
        else:
            urls, keep = _urls(target), connections != "new"
            count = min(clients, max(len(requests), 1))
            # One queue for all: a free client takes the next request.
            shares = [iter(requests)] * count
            all_clients = [
                Client(number, urls[number % len(urls)], timeout, keep=keep)
                for number in range(count)
            ]
        for client in all_clients:
            leaving.callback(client.close)
        history = History(_heard([*zip(all_clients, shares, strict=True)]))
    history.sort(key=lambda event: event.called)
    return history


def _heard(busy: list[tuple[Client, Iterator[Request]]]) -> Iterator[Event]:
    """What the clients hear, each of which sends its share of the requests."""
    shares = dict(busy)
    with selectors.DefaultSelector() as selector:

        def next_request(client: Client) -> Iterator[Event]:
            """Let a client send; what it hears at once is that it cannot."""
            for request in shares[client]:
                if event := client.call(request):
                    yield event
                    continue
                selector.register(client.sock, client.waits_for, client)
                return
            client.close()

        for client in shares:
            yield from next_request(client)
        look = time.monotonic() + LOOK_S
        while selector.get_map():
            for key, _ in selector.select(LOOK_S):
                one: Client = key.data
                selector.unregister(one.sock)
                if event := one.go_on():
                    yield event
                    yield from next_request(one)
                else:
                    selector.register(one.sock, one.waits_for, one)
            if time.monotonic() < look:
                continue
            look = time.monotonic() + LOOK_S
            for late in [key.data for key in selector.get_map().values() if key.data.overdue]:
                selector.unregister(late.sock)
                yield late.give_up()
                yield from next_request(late)


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
                outputs[pid] = json_or_text(read_response(connection.getresponse()))
            except (OSError, HTTPException) as error:
                why = type(error).__name__
                raise NotReady(f"worker {pid} did not answer {method} {path} ({why})") from error
    return outputs


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
