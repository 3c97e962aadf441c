"""Prices at the grader's pace: counted, never the same twice, and held until it says so."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from workerlab.contracts.prices.service import PriceService


@pytest.fixture
def prices():
    with PriceService(seconds=0.01) as prices:
        yield prices


def ask(prices: PriceService, item: str, pid: int = 1) -> float:
    host, _, port = prices.address.rpartition(":")
    with socket.create_connection((host, int(port)), 30) as line:
        line.sendall(json.dumps({"item": item, "pid": pid}).encode() + b"\n")
        return json.loads(line.makefile("rb").readline())


def test_each_price_tells_which_computation_it_comes_from(prices):
    told = [ask(prices, "tea", pid) for pid in (7, 8, 9)]
    assert [(one.price, one.pid) for one in prices.of("tea")] == list(
        zip(told, (7, 8, 9), strict=True)
    )
    assert len(set(told)) == 3
    assert prices.of("milk") == []


def test_a_computation_takes_its_time(prices):
    prices.seconds, began = 0.1, time.monotonic()
    ask(prices, "tea")
    assert time.monotonic() - began >= 0.1


def test_the_first_is_held_and_the_next_is_not(prices):
    with ThreadPoolExecutor(1) as pool:
        with prices.holding("tea"):
            first = pool.submit(ask, prices, "tea")
            held = prices.wait_for("tea")
            second = ask(prices, "tea")
            assert not first.done() and held.price != second
        assert first.result() == held.price


def test_waiting_for_what_does_not_come_ends(prices):
    assert prices.wait_for("tea", deadline=0.01) is None


def test_nonsense_is_hung_up_on(prices):
    host, _, port = prices.address.rpartition(":")
    with socket.create_connection((host, int(port)), 30) as line:
        line.sendall(b"nonsense\n")
        assert line.recv(100) == b""
    assert ask(prices, "tea") > 0


def test_all_prices_may_be_the_same():
    with PriceService(seconds=0, always=9.99) as prices:
        assert [ask(prices, "tea"), ask(prices, "tea")] == [9.99, 9.99]
