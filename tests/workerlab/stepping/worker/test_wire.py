"""What the bytes of a connection to a store say about the things that they touch."""

import struct

import pytest

from workerlab.stepping.access import ANYTHING, EXPIRES, PUSHES, READ, WRITE, Access
from workerlab.stepping.worker.wire import Wire


def redis(*words: object) -> bytes:
    parts = [str(word).encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


def postgres(kind: str, body: str) -> bytes:
    data = body.encode()
    return kind.encode() + struct.pack("!i", len(data) + 4) + data


STARTUP = struct.pack("!ii", 22, 196608) + b"user\0postgres\0"
READS, WRITES = [Access(READ, "postgres")], [Access(WRITE, "postgres")]


def said(*pieces: bytes, begin: bytes = b"") -> tuple[list[Access], set[str]]:
    """The accesses of all pieces, and the caveats; `begin` is sent before."""
    accesses, caveats, _ = all_said(*pieces, begin=begin)
    return accesses, caveats


def all_said(*pieces: bytes, begin: bytes = b"") -> tuple[list[Access], set[str], list[tuple]]:
    """The same, and the keys that were given a time-to-live: store, database, key, seconds, login, sure."""
    caveats: set[str] = set()
    leases: list[tuple] = []
    wire = Wire(caveats.add, lambda *lease: leases.append(lease))
    if begin:
        wire.sent(begin)
    return [access for piece in pieces for access in wire.sent(piece)], caveats, leases


def r(*keys: str) -> list[Access]:
    return [Access(READ, "redis", key) for key in keys]


def w(*keys: str) -> list[Access]:
    return [Access(WRITE, "redis", key) for key in keys]


@pytest.mark.parametrize(
    ("words", "accesses"),
    [
        (["GET", "n"], r("n")),
        (["get", "n"], r("n")),
        (["MGET", "n", "m"], r("n", "m")),
        (["SET", "n", 1], w("n")),
        (["SET", "n", 1, "NX"], w("n")),
        (["INCR", "n"], w("n")),
        (["DEL", "n", "m"], w("n", "m")),
        (["HGETALL", "n"], r("n")),
        (["PING"], []),
        (["HELLO", 3], []),
        (["WATCH", "n"], r("n")),
        (["MSET", "n", 1], w("")),
        (["FLUSHDB"], w("")),
        (["KEYS", "*"], w("")),
        (["EVAL", "return 1", 0], w("")),
        (["MADE", "UP"], w("")),
    ],
)
def test_commands_of_redis(words, accesses):
    assert said(redis(*words)) == (accesses, set())


@pytest.mark.parametrize(
    ("words", "caveat"),
    [
        (["EVAL", "redis.call('set', 'n', 1, 'EX', 5)", 0], EXPIRES),
        (["EVAL", "redis.call('expire', 'n', 5)", 0], EXPIRES),
        (["EVALSHA", "f" * 40, 0], EXPIRES),
        (["FCALL", "f", 0], EXPIRES),
        (["SUBSCRIBE", "news"], PUSHES),
        (["CLIENT", "TRACKING", "ON"], PUSHES),
        (["XREAD", "STREAMS", "s", "$"], PUSHES),
    ],
)
def test_what_no_access_says(words, caveat):
    assert said(redis(*words))[1] == {caveat}


TAKES = "return redis.call('set', KEYS[1], ARGV[1], 'PX', 500)"
TAKES_TWO = TAKES + " .. redis.call('set', 'other', 1, 'EX', 9)"


@pytest.mark.parametrize(
    ("sent", "leases"),
    [
        (redis("SET", "n", 1, "EX", 5), [("redis", 0, b"n", 5, (), True)]),
        (redis("SET", "n", 1, "NX", "px", 500), [("redis", 0, b"n", 0.5, (), False)]),
        (redis("SET", "n", "EX"), []),  # that is its value
        (redis("SET", "n", 1, "EXAT", 2000000000), [("redis", 0, b"n", 0, (), True)]),
        (redis("SET", "n", 1, "KEEPTTL"), []),
        (redis("SETEX", "n", 5, 1), [("redis", 0, b"n", 5, (), True)]),
        (redis("PSETEX", "n", 5, 1), [("redis", 0, b"n", 0.005, (), True)]),
        (redis("EXPIRE", "n", 5), [("redis", 0, b"n", 5, (), True)]),
        (redis("EXPIRE"), []),
        (redis("GETEX", "n", "PX", 5), [("redis", 0, b"n", 0.005, (), True)]),
        (redis("GETEX", "n"), []),
        (redis("RENAME", "n", "m"), [("redis", 0, b"m", 0, (), False)]),
        (redis("SELECT", 3) + redis("SETEX", "n", 5, 1), [("redis", 3, b"n", 5, (), True)]),
        (redis("AUTH", "ada", "p") + redis("SETEX", "n", 5, 1), [("redis", 0, b"n", 5, ("ada", "p"), True)]),
        (
            redis("HELLO", 3, "AUTH", "ada", "pw") + redis("SETEX", "n", 5, 1),
            [("redis", 0, b"n", 5, ("ada", "pw"), True)],
        ),
        (redis("MULTI") + redis("SETEX", "n", 5, 1), []),
        (redis("MULTI") + redis("SETEX", "n", 5, 1) + redis("DISCARD"), []),
        (redis("MULTI") + redis("SETEX", "n", 5, 1) + redis("EXEC"), [("redis", 0, b"n", 5, (), True)]),
        (redis("EVAL", TAKES, 1, "n", "me"), [("redis", 0, b"n", 0, (), False)]),
        (redis("EVAL", "return redis.call('get', KEYS[1])", 1, "n"), []),
        (redis("EVAL", "return redis.call('set', KEYS[1], 1, unpack(ARGV))", 1, "n", "EX", 3),
         [("redis", 0, b"n", 0, (), False)]),
        (b"add n 0 10 1\r\n5\r\n", [("memcached", 0, b"n", 10, (), False)]),
        (b"set n 0 0 1\r\n5\r\n", []),
        (b"set n 0 2000000000 1\r\n5\r\n", [("memcached", 0, b"n", 0, (), False)]),
        (b"touch n 10\r\n", [("memcached", 0, b"n", 10, (), False)]),
        (b"gat 10 n m\r\n", [("memcached", 0, b"n", 10, (), False), ("memcached", 0, b"m", 10, (), False)]),
    ],
)  # fmt: skip
def test_which_keys_are_given_a_time_to_live(sent, leases):
    _, caveats, found = all_said(sent)
    assert (found, caveats) == (leases, set())


def test_a_script_may_give_one_to_a_key_that_it_does_not_name_to_us():
    _, caveats, found = all_said(redis("EVAL", TAKES_TWO, 1, "n", "me"))
    assert ([lease[2] for lease in found], caveats) == ([b"n"], {EXPIRES})


def test_a_script_that_was_seen_is_known_by_its_digest():
    text = "return redis.call('get', 'n')"
    digest = __import__("hashlib").sha1(text.encode()).hexdigest()
    assert said(redis("SCRIPT", "LOAD", text), redis("EVALSHA", digest, 0))[1] == set()


def test_a_transaction_happens_at_its_end():
    begin, end = redis("MULTI"), redis("EXEC")
    assert said(begin + redis("GET", "n") + redis("INCR", "m")) == ([], set())
    assert said(begin + redis("GET", "n") + redis("INCR", "m") + end)[0] == [*r("n"), *w("m")]
    assert said(begin, redis("INCR", "m"), redis("DISCARD"), redis("GET", "n"))[0] == r("n")


def test_a_transaction_depends_on_what_is_watched():
    begin, end = redis("MULTI") + redis("SET", "m", 1), redis("EXEC")
    assert said(redis("WATCH", "n"), begin + end)[0] == [*r("n"), *r("n"), *w("m")]
    assert said(redis("WATCH", "n"), begin + end, begin + end)[0][3:] == w("m")
    assert said(redis("WATCH", "n"), redis("UNWATCH"), begin + end)[0] == [*r("n"), *w("m")]


def test_half_a_command_may_be_anything():
    whole = redis("INCR", "n")
    assert said(whole[:7]) == ([ANYTHING], set())
    assert said(whole[:7], whole[7:])[0] == [ANYTHING, *w("n")]


@pytest.mark.parametrize("data", [b"GET n\r\n", b"\x16\x03\x01\x02\x00\x01", b"{}", b"\x80\0\0"])
def test_what_is_not_understood_may_be_anything_and_so_may_what_follows(data):
    assert said(data, redis("GET", "n"))[0] == [ANYTHING, ANYTHING]


@pytest.mark.parametrize(
    ("text", "accesses", "caveats"),
    [
        (b"get n\r\n", [Access(READ, "memcached", "n")], set()),
        (b"gets n m\r\n", [Access(READ, "memcached", key) for key in "nm"], set()),
        (b"set n 0 0 1\r\n5\r\n", [Access(WRITE, "memcached", "n")], set()),
        (b"cas n 0 0 1 77\r\n5\r\n", [Access(WRITE, "memcached", "n")], set()),
        (b"add n 0 10 1\r\n5\r\n", [Access(WRITE, "memcached", "n")], set()),
        (b"touch n 10\r\n", [Access(WRITE, "memcached", "n")], set()),
        (b"gat 10 n\r\n", [Access(WRITE, "memcached", "n")], set()),
        (b"incr n 1\r\n", [Access(WRITE, "memcached", "n")], set()),
        (b"flush_all\r\n", [Access(WRITE, "memcached")], set()),
        (b"version\r\n", [], set()),
        (b"mg n v\r\n", [ANYTHING], {EXPIRES}),
    ],
)
def test_commands_of_memcached(text, accesses, caveats):
    assert said(text) == (accesses, caveats)


@pytest.mark.parametrize(
    ("sql", "accesses"),
    [
        ("select n from counts", READS),
        ("SELECT coalesce(max(n), 0) FROM counts WHERE id IN (1, 2)", READS),
        ("select n from counts for update", WRITES),
        ("select n from counts for no key update", WRITES),
        ("select pg_advisory_xact_lock(1)", WRITES),
        ("select put_n(5)", WRITES),
        ('select "count"(n) from counts', WRITES),
        ("with gone as (delete from counts returning n) select n from gone", WRITES),
        ("update counts set n = n + 1 returning n", WRITES),
        ("insert into counts values (1)", WRITES),
        ("call put_n(5)", WRITES),
        ("begin", []),
        ("begin; commit", READS),
        ("begin; update counts set n = 1; commit", WRITES * 2),
        ("begin; update counts set n = 1; rollback to savepoint s; commit", WRITES * 3),
        ("discard all", WRITES),
        ("-- update\nselect 1", READS),
        ("begin isolation level serializable; select n from counts", WRITES),
        ("made up", WRITES),
    ],
)
def test_statements_of_postgresql(sql, accesses):
    assert said(postgres("Q", sql + "\0"), begin=STARTUP) == (accesses, set())
    prepared = postgres("P", f"one\0{sql}\0\0\0") + postgres("B", "\0one\0") + postgres("E", "\0")
    assert said(prepared, postgres("S", ""), begin=STARTUP)[0] == [*READS, *accesses]


def test_postgresql_pushes_to_who_listens():
    assert said(postgres("Q", "listen news\0"), begin=STARTUP)[1] == {PUSHES}


def test_a_connection_to_postgresql_that_is_encrypted_may_be_anything():
    asks = struct.pack("!ii", 8, 80877103)
    assert said(asks, STARTUP, postgres("Q", "select 1\0"))[0] == READS
    assert said(asks, b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03")[0] == [ANYTHING]
