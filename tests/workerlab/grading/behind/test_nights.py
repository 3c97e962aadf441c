"""A night passes: what has a time-to-live is gone, and all else is there."""

import pytest
from redis import Redis
from redis.exceptions import ResponseError

from workerlab.grading.behind.nights import after_a_night, let_the_night_pass
from workerlab.services import Redis as Service


@pytest.fixture(scope="module")
def url():
    with Service(own=True, allowed=("config|set",)) as url:
        yield url


@pytest.fixture
def store(url):
    with Redis.from_url(url, decode_responses=True) as store:
        store.flushdb()
        yield store


def test_what_has_a_time_to_live_runs_out_and_nothing_else_does(store, url):
    store.set("count", 5)
    store.set("lock", "me", ex=10)
    store.hset("seats", "1A", "Ann")
    store.hset("brief", "1A", "Ann")
    store.expire("brief", 3600)
    assert sorted(let_the_night_pass(url)) == ["'brief', 3600 s", "'lock', 10 s"]
    assert sorted(store.keys()) == ["count", "seats"]
    assert let_the_night_pass(url) == []


def test_in_a_short_night_only_what_is_short_lived_runs_out(store, url):
    store.set("lock", "me", ex=10)
    store.set("log", "1", ex=3600)
    assert let_the_night_pass(url, 1800) == ["'lock', 10 s"]
    assert store.ttl("log") > 3000


def test_a_field_may_have_a_time_of_its_own(store, url):
    store.hset("seats", mapping={"1A": "Ann", "2B": "Bob"})
    try:
        store.hexpire("seats", 60, "1A")
    except ResponseError:
        pytest.skip("this server's fields have no times (Redis before 7.4, Valkey before 9)")
    assert let_the_night_pass(url) == ["a field of 'seats', 60 s"]
    assert store.hgetall("seats") == {"2B": "Bob"}


def test_an_expired_key_is_announced_as_in_time(store, url):
    """An app may listen for that."""
    store.config_set("notify-keyspace-events", "Ex")
    with store.pubsub() as news:
        news.subscribe("__keyevent@0__:expired")
        assert news.get_message(timeout=5)["type"] == "subscribe"
        store.set("lock", "me", ex=10)
        let_the_night_pass(url)
        assert news.get_message(timeout=5)["data"] == "lock"


def test_a_failed_check_says_what_ran_out(store, url):
    for number in range(5):
        store.set(f"key {number}", 1, ex=2)
    with (
        pytest.raises(AssertionError, match=r"a time-to-live ran out .*, 2 s, …\): 0 are left"),
        after_a_night({"REDIS_URL": url}),
    ):
        raise AssertionError("0 are left")
    with (
        pytest.raises(AssertionError, match="^after a quiet night: it is gone$"),
        after_a_night({"REDIS_URL": url}),
    ):
        raise AssertionError("it is gone")


def test_the_kind_of_fault_stays_in_the_first_line(url):
    with (
        pytest.raises(
            AssertionError, match=r"^It was lost\.\nAfter a quiet night: nothing is left$"
        ),
        after_a_night({"REDIS_URL": url}),
    ):
        raise AssertionError("It was lost.\nnothing is left")
    with (
        pytest.raises(AssertionError, match="^after a quiet night: it is gone$"),
        after_a_night({"REDIS_URL": url}),
    ):
        assert len("it") == 3, "it is gone"
