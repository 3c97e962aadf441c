"""The dealer of connections: uneven, but the same every time, and no worker is left out."""

import asyncio
import json
import resource
import socket
import threading
from collections import Counter
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from itertools import islice
from urllib.parse import urlsplit

import pytest

from workerlab.network.balance import Balancer, Dealer, order
from workerlab.servers import Server

APP = """
import os
from fastapi import FastAPI

app = FastAPI()


@app.post("/echo")
async def echo(body: dict) -> dict:
    return {"pid": os.getpid(), "body": body}
"""


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_every_worker_has_a_share_and_no_two_shares_are_alike(workers: int) -> None:
    hand = workers**2
    for connections in range(6 * hand, 8 * hand):
        shares = Counter(islice(order(workers), connections))
        assert len(shares) == workers
        assert len(set(shares.values())) == workers


@pytest.mark.parametrize("workers", [2, 5])
def test_no_worker_waits_longer_than_two_hands(workers: int) -> None:
    dealt = [*islice(order(workers), 600)]
    two_hands = 2 * workers**2
    for start in range(len(dealt) - two_hands):
        assert len(set(dealt[start : start + two_hands])) == workers


def test_the_order_is_the_same_every_time_and_begins_with_the_run() -> None:
    assert [*islice(order(5), 100)] == [*islice(order(5), 100)]
    assert [*islice(order(2, run=12), 112)] == [0] * 12 + [*islice(order(2), 100)]


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory):
    app = tmp_path_factory.mktemp("echo") / "app.py"
    app.write_text(APP)
    with Server(app, runner="instances", workers=2) as server:
        yield [urlsplit(url).port for url in server.urls]


def connect(dealer: Balancer) -> HTTPConnection:
    return HTTPConnection("127.0.0.1", urlsplit(dealer.url).port, timeout=10)


def ask(connection: HTTPConnection, body: dict) -> int:
    connection.request("POST", "/echo", json.dumps(body), {"content-type": "application/json"})
    answer = json.loads(connection.getresponse().read())
    assert answer["body"] == body
    return answer["pid"]


def ask_anew(dealer: Balancer, body: dict) -> int:
    connection = connect(dealer)
    try:
        return ask(connection, body)
    finally:
        connection.close()


def test_connections_are_dealt_in_that_order(ports: list[int]) -> None:
    with Dealer(ports) as dealer:
        dealer.begin(run=4)
        pids = [ask_anew(dealer, {"number": number}) for number in range(20)]
    expected = [*islice(order(2, run=4), 20)]
    first, other = pids[0], next(pid for pid in pids if pid != pids[0])
    assert pids == [[first, other][place] for place in expected]


def test_a_kept_connection_stays_with_its_worker(ports: list[int]) -> None:
    with Dealer(ports) as dealer:
        connection = connect(dealer)
        assert len({ask(connection, {"text": "x" * 100_000}) for _ in range(10)}) == 1
        connection.close()


def test_five_hundred_connections_at_once(ports: list[int]) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, before[1]), before[1]))
    with Dealer(ports) as dealer, ExitStack() as opened:
        connections = [connect(dealer) for _ in range(500)]
        for connection in connections:
            opened.callback(connection.close)
            connection.connect()
        assert len({ask(connection, {}) for connection in connections}) == 2
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_beginning_anew_closes_what_is_open(ports: list[int]) -> None:
    with Dealer(ports) as dealer:
        connection = connect(dealer)
        ask(connection, {})
        dealer.begin()
        with pytest.raises((OSError, HTTPException)):
            ask(connection, {})
        connection.close()


def test_it_is_closed_in_the_thread_that_serves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """In another, it meets a connection that ends at that moment: "'NoneType' is not iterable"."""
    closed_by = []

    def close(server: asyncio.Server) -> None:
        closed_by.append(threading.current_thread().name)
        really_close(server)

    really_close = asyncio.Server.close
    monkeypatch.setattr(asyncio.Server, "close", close)
    with Dealer([1]):
        pass
    assert closed_by == ["dealer"]


def test_a_worker_that_is_gone_closes_the_connection() -> None:
    with Dealer([1]) as dealer, pytest.raises((OSError, HTTPException)):
        ask_anew(dealer, {})


def test_a_balancer_takes_turns_and_passes_over_who_refuses(ports: list[int]) -> None:
    places = [f"127.0.0.1:{port}" for port in ports]
    with Balancer(places) as balancer:
        first, other, *rest = [ask_anew(balancer, {}) for _ in range(6)]
        assert first != other and rest == [first, other] * 2
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nobody = f"127.0.0.1:{gone.getsockname()[1]}"
    with Balancer([places[0], nobody]) as balancer:
        assert {ask_anew(balancer, {}) for _ in range(6)} == {first}


def test_where_all_refuse_the_connection_ends_without_a_response() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nobody = f"127.0.0.1:{gone.getsockname()[1]}"
    with Balancer([nobody]) as balancer, pytest.raises((OSError, HTTPException)):
        ask_anew(balancer, {})
