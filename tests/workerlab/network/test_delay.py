"""A slow link holds what a store sends unasked, and nothing else."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import redis

from workerlab.network.delay import Link
from workerlab.services import Redis


@pytest.fixture(scope="module")
def store():
    service = Redis(own=True)
    service.start()
    with closing(redis.Redis.from_url(service.url)) as client:
        yield client, service.port
    service.close()


@pytest.fixture
def link(store):
    with Link("127.0.0.1", store[1]) as link:
        yield link


@pytest.fixture
def far(link):
    """A client at the other end of the link."""
    with closing(redis.Redis(port=link.port)) as client:
        yield client


def test_questions_and_answers_pass_at_any_time(store, link, far):
    assert far.incr("n") == 1
    with link.holding(60):
        began = time.monotonic()
        assert far.incr("n") == 2
        assert time.monotonic() - began < 30
    assert store[0].get("n") == b"2"


def test_what_the_app_sends_can_be_overheard(link, far):
    assert far.set("before", 1)
    with link.overhearing() as sent:
        assert far.set("in the block", 1)
    assert far.set("behind", 1)
    assert b"in the block" in b"".join(sent)
    assert b"before" not in b"".join(sent)
    assert b"behind" not in b"".join(sent)


def test_a_message_is_held_until_the_block_ends(store, link, far):
    with far.pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe("news")
        assert channel.get_message(timeout=10) is None  # the confirmation, which we ignore
        with link.holding(60):
            assert store[0].publish("news", "late") == 1, "for the store it has been sent"
            assert channel.get_message(timeout=0.2) is None
        assert channel.get_message(timeout=10)["data"] == b"late"


def test_a_hold_ends_by_itself(store, link, far):
    with far.pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe("news")
        assert channel.get_message(timeout=10) is None
        with link.holding(0.3):
            store[0].publish("news", "late")
            assert channel.get_message(timeout=10)["data"] == b"late"


def test_an_answer_to_an_old_question_is_held_too(store, link, far):
    """A blocking read that began before the hold is a way to wait for messages."""
    with closing(redis.Redis(port=link.port, socket_timeout=10)) as waiting:
        connection = waiting.connection_pool.get_connection()
        connection.send_command("BLPOP", "queue", 0)
        assert far.ping()
        while not store[0].info("clients")["blocked_clients"]:
            pass  # until the store has heard the question
        with link.holding(60):
            store[0].rpush("queue", "late")
            assert not connection.can_read(timeout=0.2)
        assert connection.read_response() == [b"queue", b"late"]
        waiting.connection_pool.release(connection)


def test_what_one_process_gets_is_held_and_nothing_else(link, far):
    assert far.ping()
    with link.late_for(os.getppid(), 60):
        assert far.ping(), "we are another process"
    began = time.monotonic()
    with link.late_for(os.getpid(), 0.5) as holds:
        assert not holds.is_set()
        assert far.ping()
        assert holds.is_set()
    assert time.monotonic() - began >= 0.5


def test_some_answers_pass_before_the_others_are_held(store, link, far):
    with far.pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe("news")
        assert channel.get_message(timeout=10) is None
        assert far.ping()
        with link.late_for(os.getpid(), 1.0, after=2):
            began = time.monotonic()
            assert far.ping() and far.ping()
            store[0].publish("news", "in time")
            assert channel.get_message(timeout=10)["data"] == b"in time"
            assert far.ping()
            assert time.monotonic() - began >= 0.9


def test_a_store_that_is_away_looks_away():
    away = pytest.raises(redis.ConnectionError)
    with Link("127.0.0.1", 1) as nowhere, closing(redis.Redis(port=nowhere.port)) as client, away:
        client.ping()


def test_an_app_is_stopped_before_one_of_its_steps(store, link, far):
    far.ping()  # it is connected
    with ThreadPoolExecutor(1) as pool:
        with link.stopping_before(1) as stop:
            asked = pool.submit(lambda: (far.set("first", 1), far.set("second", 2)))
            assert stop.wait(30)
            assert store[0].exists("first", "second") == 1
            assert not asked.done()
        assert asked.result(30) == (True, True)


def test_only_one_process_is_stopped(link, far):
    far.ping()
    with link.stopping_before(0, os.getppid()) as stop:
        assert far.incr("steps")
        assert not stop.is_set()
    with ThreadPoolExecutor(1) as pool:
        with link.stopping_before(0, os.getpid()) as stop:
            asked = pool.submit(far.ping)
            assert stop.wait(30)
            assert not asked.done()
        assert asked.result(30)


def test_an_app_that_takes_fewer_steps_is_not_stopped(link, far):
    far.ping()
    with link.stopping_before(2) as stop:
        assert far.incr("steps") and far.incr("steps")
        assert not stop.is_set()


def test_messages_come_one_by_one(store, link, far):
    with far.pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe("news")
        assert channel.get_message(timeout=10) is None
        with link.holding(60, os.getpid()) as holds:
            store[0].publish("news", "first")
            assert holds.wait(30)
            store[0].publish("news", "second")
            link.let_one_pass()
            assert channel.get_message(timeout=10)["data"] == b"first"
            assert channel.get_message(timeout=0.2) is None
        assert channel.get_message(timeout=10)["data"] == b"second"


def test_messages_to_another_process_are_not_held(store, link, far):
    with far.pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe("news")
        assert channel.get_message(timeout=10) is None
        with link.holding(60, os.getppid()):
            store[0].publish("news", "in time")
            assert channel.get_message(timeout=10)["data"] == b"in time"


def test_one_answer_is_late_and_those_of_other_connections_are_not(link, far):
    with closing(redis.Redis(port=link.port)) as other, ThreadPoolExecutor(1) as pool:
        assert far.ping() and other.ping()
        with link.one_answer_late(os.getpid(), 60) as holds:
            late = pool.submit(far.incr, "late")
            assert holds.wait(30)
            assert other.ping() and other.ping()
            assert not late.done()
        assert late.result(30)


def test_some_answers_pass_before_the_one_that_is_late(link, far):
    with closing(redis.Redis(port=link.port)) as other, ThreadPoolExecutor(1) as pool:
        assert far.ping() and other.ping()
        with link.one_answer_late(os.getpid(), 60, after=2) as holds:
            assert far.ping() and other.ping() and not holds.is_set()
            late = pool.submit(other.incr, "late")
            assert holds.wait(30)
            assert far.ping() and far.ping()
            assert not late.done()
        assert late.result(30)


def test_one_connection_of_a_process_can_be_stopped_alone(store, link, far):
    with closing(redis.Redis(port=link.port)) as other, ThreadPoolExecutor(1) as pool:
        assert far.ping()
        assert other.ping()
        with link.stopping_before(0, os.getpid(), alone=True) as stopped:
            waiting = pool.submit(far.set, "key", "late")
            assert stopped.wait(10)
            assert other.set("key", "early")
            assert store[0].get("key") == b"early"
            assert not waiting.done()
        assert waiting.result(10)
        assert store[0].get("key") == b"late"
