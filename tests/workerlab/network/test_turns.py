"""Whose pieces pass to a store is said process by process."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
import redis

from workerlab.network.delay import Link
from workerlab.network.turns import FREEZE, KILL, THAW, Turns, send
from workerlab.processes.ports import owner_of
from workerlab.services import Redis

CLIENT = """
import sys, redis
store = redis.Redis(port=int(sys.argv[1]), retry=None)
print("ready", store.ping(), flush=True)
for line in sys.stdin:
    print(store.incr(line.strip()), flush=True)
"""


@pytest.fixture(scope="module")
def store():
    service = Redis(own=True)
    service.start()
    with closing(redis.Redis.from_url(service.url)) as client:
        yield client, service.port
    service.close()


@pytest.fixture
def turns():
    return Turns(lambda: [os.getpid(), *PIDS])


@pytest.fixture
def link(store, turns):
    with Link("127.0.0.1", store[1], stop=turns) as link:
        yield link


PIDS: list[int] = []
LONG_S = 20.0


@contextmanager
def client(link):
    """Another process that counts at the store, over the link."""
    command = [sys.executable, "-c", CLIENT, str(link.port)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, bufsize=1, **pipes) as process:
        assert process.stdout.readline() == "ready True\n"
        PIDS.append(process.pid)
        try:
            yield process
        finally:
            PIDS.remove(process.pid)
            send(process.pid, THAW)
            process.kill()


def asks(process, key):
    process.stdin.write(f"{key}\n")


def test_one_process_passes_while_all_others_wait(store, link, turns):
    with client(link) as one, client(link) as other, ThreadPoolExecutor(1) as pool:
        turns.only({one.pid: 1})
        asks(other, "others")
        asks(one, "alone")
        assert one.stdout.readline() == "1\n"
        assert turns.wait_until(lambda: turns.waits(other.pid), 30)
        assert store[0].get("others") is None
        asks(one, "alone")
        assert turns.wait_until(lambda: turns.waits(one.pid), 30), "it had one piece"
        turns.everybody_passes()
        assert pool.submit(one.stdout.readline).result(30) == "2\n"
        assert other.stdout.readline() == "1\n"


def test_a_process_is_held_behind_its_last_piece(store, link, turns):
    with client(link) as one, ThreadPoolExecutor(1) as pool:
        turns.last_piece(one.pid, 1, FREEZE)
        asks(one, "behind")
        answer = pool.submit(one.stdout.readline)
        assert turns.wait_until(lambda: store[0].get("behind") == b"1", 30), "it had its effect"
        assert not answer.done()
        turns.everybody_passes()
        send(one.pid, THAW)
        assert answer.result(30) == "1\n"


def test_a_process_dies_behind_its_last_piece_or_before_one_that_is_lost(store, link, turns):
    with client(link) as one, client(link) as other:
        turns.last_piece(one.pid, 1, KILL)
        asks(one, "dead")
        assert one.wait(30) == -KILL
        assert turns.wait_until(lambda: store[0].get("dead") == b"1", 30)
        asks(other, "lost")
        assert turns.wait_until(lambda: turns.waits(other.pid), 30)
        turns.lose(other.pid)
        turns.everybody_passes()
        assert store[0].get("lost") is None


def test_all_that_wait_go_one_step_at_once(store, link, turns):
    with client(link) as one, client(link) as other:
        turns.nobody_passes()
        for process in (one, other):
            asks(process, "together")
        assert turns.all_once([one.pid, other.pid], 30)
        assert {one.stdout.readline(), other.stdout.readline()} == {"1\n", "2\n"}


def test_the_owner_of_a_connection_is_found_among_the_processes(link):
    with closing(redis.Redis(port=link.port)) as near:
        near.ping()
        connection = near.connection_pool._available_connections[0]
        ends = connection._sock.getsockname()[1], link.port
        assert owner_of(ends, [1, os.getpid()]) == os.getpid()
        assert owner_of(ends, [1]) == 0


def test_a_step_is_over_when_it_has_been_taken(link, turns):
    with client(link) as one:
        turns.nobody_passes()
        asks(one, "first")
        assert turns.all_once([one.pid], 30)
        assert turns.sent[one.pid] == 1 and not turns._left[one.pid], "no step is left over"
        assert one.stdout.readline()
        asks(one, "first")
        assert turns.wait_until(lambda: turns.waits(one.pid), 30)
        turns.everybody_passes()
        assert one.stdout.readline()


def test_a_process_has_its_answer_or_waits_for_one(store, link, turns):
    """A worker that waits for its store is silent, and not at the end of what it does."""
    with client(link) as one:
        turns.only({one.pid: 1})
        with link.late_for(one.pid, LONG_S) as held:
            assert not turns.unanswered(one.pid)
            asks(one, "k")
            assert held.wait(LONG_S)
            assert turns.sent[one.pid] == 1 and turns.unanswered(one.pid)
        assert one.stdout.readline().strip() == str(int(store[0].get("k")))
        assert turns.wait_until(lambda: not turns.unanswered(one.pid), LONG_S)
