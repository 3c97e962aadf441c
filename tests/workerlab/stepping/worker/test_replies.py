"""What a command and its reply say that was read and written, from the bytes of a connection."""

import struct

import pytest

from workerlab.stepping.worker.replies import Effect
from workerlab.stepping.worker.wire import Wire


class Connection:
    """The two sides of a connection to a store; `effects` is what is known of each command."""

    def __init__(self, begin: bytes = b"") -> None:
        self.effects: list[tuple[str | None, str | None]] = []
        self.wire = Wire(lambda caveat: None, lambda *lease: None)
        if begin:
            self.wire.sent(begin)

    def ask(self, data: bytes) -> None:
        self.wire.sent(data, lambda: lambda effect: self.effects.append((*effect,)))

    def reply(self, data: bytes) -> None:
        assert self.wire.replies is not None
        self.wire.replies.came(data)


def redis(text: str) -> bytes:
    parts = text.encode().split()
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


def effect(command: str, reply: bytes) -> Effect:
    connection = Connection()
    connection.ask(redis(command))
    connection.reply(reply)
    (found,) = connection.effects
    return Effect(*found)


READS = [
    ("GET count", b"$1\r\n0\r\n", "count = 0"),
    ("GET count", b"$-1\r\n", "no count"),
    ("GET count", b"_\r\n", "no count"),
    ("GET name", b"$0\r\n\r\n", "name = ''"),
    ("GET raw", b"$2\r\n\xff\x00\r\n", "raw = b'\\xff\\x00'"),
    ("MGET a b", b"*2\r\n$1\r\n1\r\n$-1\r\n", "a = 1, no b"),
    ("HGET seats 1A", b"$3\r\nAnn\r\n", "seats[1A] = Ann"),
    ("HGET seats 1A", b"$-1\r\n", "no seats[1A]"),
    ("HGETALL seats", b"*2\r\n$2\r\n1A\r\n$3\r\nAnn\r\n", "seats = {1A: Ann}"),
    ("HGETALL seats", b"%1\r\n$2\r\n1A\r\n$3\r\nAnn\r\n", "seats = {1A: Ann}"),
    ("HMGET h a b", b"*2\r\n$1\r\n1\r\n$-1\r\n", "h[a] = 1, no h[b]"),
    ("HEXISTS h a", b":1\r\n", "h[a] is there"),
    ("EXISTS k", b":0\r\n", "no k"),
    ("LRANGE q 0 -1", b"*2\r\n$1\r\na\r\n$1\r\nb\r\n", "q = [a, b]"),
    ("LLEN q", b":2\r\n", "len(q) = 2"),
    ("SISMEMBER s a", b":0\r\n", "a is not in s"),
    ("SMEMBERS s", b"~2\r\n$1\r\nb\r\n$1\r\na\r\n", "s = {a, b}"),
    ("ZSCORE z a", b"$1\r\n3\r\n", "z[a] = 3"),
    # writes that write nothing
    ("SET lock me NX EX 5", b"$-1\r\n", "lock is there"),
    ("SET k v XX", b"$-1\r\n", "no k"),
    ("SETNX lock me", b":0\r\n", "lock is there"),
    ("DEL count", b":0\r\n", "no count"),
    ("HDEL h a", b":0\r\n", "no h[a]"),
    ("LPOP q", b"$-1\r\n", "no q"),
    ("SADD s a", b":0\r\n", "a is in s"),
]
WRITES = [
    ("SET count 1", b"+OK\r\n", "count = 1"),
    ("SET count 1 EX 3600", b"+OK\r\n", "count = 1"),
    ("SETEX count 3600 1", b"+OK\r\n", "count = 1"),
    ("SET k 2 GET", b"$1\r\n1\r\n", "k: 1 → 2"),
    ("SET k 2 GET", b"$-1\r\n", "k → 2"),
    ("GETSET k 2", b"$1\r\n1\r\n", "k: 1 → 2"),
    ("GETDEL k", b"$1\r\n1\r\n", "k: 1 → gone"),
    ("INCR count", b":1\r\n", "count: 0 → 1"),
    ("INCRBY count 5", b":7\r\n", "count: 2 → 7"),
    ("DECR count", b":-1\r\n", "count: 0 → -1"),
    ("DECRBY count 2", b":3\r\n", "count: 5 → 3"),
    ("HINCRBY h f 2", b":5\r\n", "h[f]: 3 → 5"),
    ("INCRBYFLOAT p 0.5", b"$3\r\n2.5\r\n", "p → 2.5"),
    ("APPEND log x", b":4\r\n", "log += x"),
    ("MSET a 1 b 2", b"+OK\r\n", "a = 1, b = 2"),
    ("DEL count", b":1\r\n", "count gone"),
    ("DEL a b", b":2\r\n", "a, b gone"),
    ("HSET seats 1A Ann 1B Bob", b":2\r\n", "seats[1A] = Ann, seats[1B] = Bob"),
    ("HDEL h a", b":1\r\n", "h[a] gone"),
    ("RPUSH q a b", b":2\r\n", "q += a, b"),
    ("LPOP q", b"$1\r\na\r\n", "q −= a"),
    ("SADD s a", b":1\r\n", "s += a"),
    ("ZADD z 3 a", b":1\r\n", "z[a] = 3"),
]
SAYS_NOTHING = [
    ("EVAL script 1 count", b":1\r\n"),
    ("EVALSHA 0a 1 count", b":1\r\n"),
    ("EXPIRE count 10", b":1\r\n"),
    ("DEL a b", b":1\r\n"),
    ("SET count 1", b"-OOM out of memory\r\n"),
    ("INCR count", b"-ERR value is not an integer\r\n"),
    ("ZADD z NX 3 a", b":0\r\n"),
]


@pytest.mark.parametrize(("command", "reply", "read"), READS)
def test_what_is_read(command, reply, read):
    assert effect(command, reply) == (read, None)


@pytest.mark.parametrize(("command", "reply", "wrote"), WRITES)
def test_what_is_written(command, reply, wrote):
    assert effect(command, reply) == (None, wrote)


@pytest.mark.parametrize(("command", "reply"), SAYS_NOTHING)
def test_what_is_not_certain_is_not_said(command, reply):
    assert effect(command, reply) == (None, None)


def test_replies_come_in_order_and_in_pieces():
    connection = Connection()
    connection.ask(redis("CLIENT SETINFO LIB-NAME x") + redis("GET a")[:9])
    connection.ask(redis("GET a")[9:] + redis("GET b"))
    for piece in (b"+OK\r", b"\n$1\r\n1", b"\r\n$1\r\n2\r\n"):
        connection.reply(piece)
    assert connection.effects == [("a = 1", None), ("b = 2", None)]


def test_a_transaction_is_carried_out_by_exec():
    connection = Connection()
    for command in ("WATCH a", "MULTI", "INCR a", "GET a", "EXEC"):
        connection.ask(redis(command))
    connection.reply(b"+OK\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n")
    assert connection.effects == []
    connection.reply(b"*2\r\n:1\r\n$1\r\n1\r\n")
    assert connection.effects == [(None, "a: 0 → 1"), ("a = 1", None)]


def test_a_transaction_that_a_watched_key_forbids():
    connection = Connection()
    for command in ("MULTI", "INCR a", "EXEC"):
        connection.ask(redis(command))
    connection.reply(b"+OK\r\n+QUEUED\r\n*-1\r\n")
    assert connection.effects == [("nothing done: a watched key has changed", None)]


def test_what_is_pushed_is_no_reply():
    connection = Connection()
    connection.ask(redis("GET a"))
    connection.reply(b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n$1\r\n1\r\n")
    assert connection.effects == [("a = 1", None)]
    connection.ask(redis("SUBSCRIBE news"))
    connection.ask(redis("GET a"))
    connection.reply(b"$1\r\n1\r\n")
    assert connection.effects == [("a = 1", None)]  # from here on nobody can pair them


def test_what_makes_no_sense_ends_it():
    connection = Connection()
    connection.ask(redis("GET a"))
    connection.reply(b"what?\r\n")
    connection.reply(b"$1\r\n1\r\n")
    assert connection.effects == []


def test_another_show_begins_anew():
    connection = Connection()
    connection.ask(redis("GET a"))  # whose reply comes when nobody looks
    connection.wire.hush()
    connection.wire.sent(redis("GET b"))
    assert connection.wire.replies is None
    connection.ask(redis("GET c"))
    connection.reply(b"$1\r\n3\r\n")
    assert connection.effects == [("c = 3", None)]


MEMCACHED = [
    (b"get count\r\n", b"VALUE count 0 1\r\n5\r\nEND\r\n", ("count = 5", None)),
    (b"gets count\r\n", b"VALUE count 0 1 99\r\n5\r\nEND\r\n", ("count = 5", None)),
    (b"get a b\r\n", b"VALUE b 0 3\r\nEND\r\nEND\r\n", ("no a, b = END", None)),
    (b"set count 0 60 1\r\n6\r\n", b"STORED\r\n", (None, "count = 6")),
    (b"add lock 0 10 2\r\nme\r\n", b"NOT_STORED\r\n", ("lock is there", None)),
    (b"cas count 0 0 1 99\r\n6\r\n", b"EXISTS\r\n", ("count has changed", None)),
    (b"cas count 0 0 1 99\r\n6\r\n", b"STORED\r\n", (None, "count = 6")),
    (b"incr count 2\r\n", b"7\r\n", (None, "count: 5 → 7")),
    (b"incr count 2\r\n", b"1\r\n", (None, "count → 1")),  # it has started anew
    (b"decr count 2\r\n", b"3\r\n", (None, "count: 5 → 3")),
    (b"decr count 2\r\n", b"0\r\n", (None, "count → 0")),  # of 0, 1 or 2
    (b"incr count 1\r\n", b"NOT_FOUND\r\n", ("no count", None)),
    (b"delete count\r\n", b"DELETED\r\n", (None, "count gone")),
    (b"delete count\r\n", b"NOT_FOUND\r\n", ("no count", None)),
    (b"set count 0 60 1\r\n6\r\n", b"SERVER_ERROR out of memory\r\n", (None, None)),
]


@pytest.mark.parametrize(("command", "reply", "found"), MEMCACHED)
def test_memcached(command, reply, found):
    connection = Connection()
    connection.ask(command)
    connection.reply(reply[:4])
    connection.reply(reply[4:])
    assert connection.effects == [found]


STARTUP = struct.pack("!ii", 22, 196608) + b"user\0postgres\0"


def postgres(kind: str, body: bytes) -> bytes:
    return kind.encode() + struct.pack("!i", len(body) + 4) + body


def asked_of_postgres(*replies: bytes, asked: bytes) -> list:
    connection = Connection(begin=STARTUP)
    connection.ask(asked)
    connection.reply(b"".join(replies))
    return connection.effects


def test_postgres_says_how_many_rows_were_changed():
    query = postgres("Q", b"UPDATE t SET n = 1; INSERT INTO t VALUES (1)\0")
    tags = postgres("C", b"UPDATE 2\0"), postgres("C", b"INSERT 0 1\0"), postgres("Z", b"I")
    assert asked_of_postgres(*tags, asked=query) == [(None, "2 rows"), (None, "1 row")]


def test_postgres_does_not_count_all_rows_of_a_statement_with_others_in_it():
    sql = b"WITH made AS (INSERT INTO t DEFAULT VALUES RETURNING id) INSERT INTO u SELECT id FROM made"
    tag, ready = postgres("C", b"INSERT 0 1\0"), postgres("Z", b"I")
    assert asked_of_postgres(tag, ready, asked=postgres("Q", sql + b"\0")) == []
    known = postgres("P", b"one\0" + sql + b"\0") + postgres("B", b"\0one\0")
    steps = postgres("E", b"\0" + bytes(4)) + postgres("S", b"")
    assert asked_of_postgres(tag, ready, asked=known + steps) == []
    assert asked_of_postgres(tag, ready, asked=steps) == []  # nobody knows the statement


def test_postgres_says_no_value_of_a_row():
    """A pool asks things of its own, and gives the app another value."""
    row = postgres("D", struct.pack("!hi", 1, 1) + b"5")
    query, end = postgres("Q", b"SELECT n FROM t\0"), postgres("C", b"SELECT 1\0")
    assert asked_of_postgres(row, end, postgres("Z", b"I"), asked=query) == []


def test_postgres_passes_over_what_follows_an_error():
    steps = postgres("E", b"\0" + bytes(4)) + postgres("S", b"")
    asked = postgres("P", b"one\0DELETE FROM t\0") + postgres("B", b"\0one\0") + steps * 2
    replies = postgres("E", b"SERROR\0\0"), postgres("Z", b"I"), postgres("C", b"DELETE 1\0")
    assert asked_of_postgres(*replies, asked=asked) == [(None, "1 row")]
