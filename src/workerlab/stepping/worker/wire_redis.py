"""RESP, the protocol of Redis and Valkey."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from hashlib import sha1

from workerlab.stepping.access import EXPIRES, OVERWRITES, PUSHES, READ, WRITE, Access
from workerlab.stepping.worker.wire_reader import Leased, NotUnderstood, Reader, words

_SAYS_NOTHING = words("""
    HELLO AUTH CLIENT PING SELECT ECHO COMMAND QUIT READONLY
""")
_READS_ONE = words("""
    GET STRLEN GETRANGE SUBSTR GETBIT BITCOUNT BITPOS HGET HMGET HGETALL HLEN HEXISTS HKEYS
    HVALS HSTRLEN LLEN LRANGE LINDEX LPOS SCARD SMEMBERS SISMEMBER SMISMEMBER ZCARD ZSCORE
    ZMSCORE ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZRANK ZREVRANK ZCOUNT XLEN
    XRANGE XREVRANGE TYPE TTL PTTL DUMP
""")
_READS_ALL_NAMED = {"MGET", "EXISTS", "SINTER", "SUNION", "SDIFF"}
_WRITES_ONE = words("""
    SET SETNX GETSET GETDEL INCR INCRBY INCRBYFLOAT DECR DECRBY APPEND SETRANGE SETBIT HSET
    HSETNX HMSET HINCRBY HINCRBYFLOAT HDEL LPUSH RPUSH LPUSHX RPUSHX LPOP RPOP LSET LREM
    LTRIM LINSERT SADD SREM SPOP ZADD ZREM ZINCRBY ZPOPMIN ZPOPMAX PERSIST XADD XDEL XTRIM
""")
_WRITES_ALL_NAMED = {"DEL", "UNLINK"}
_SETS_A_TIME = words("""
    EXPIRE PEXPIRE EXPIREAT PEXPIREAT SETEX PSETEX GETEX
""")
_TIME_OPTIONS = {b"EX", b"PX", b"EXAT", b"PXAT"}
_PASSES_IT_ON = {"RENAME", "RENAMENX", "COPY"}  # a key's time-to-live, to another key
_CONDITIONS = {b"NX", b"XX", b"GT", b"LT", b"IFEQ", b"IFNE", b"IFDEQ", b"IFDNE"}
_MOMENTS = {"EXPIREAT", "PEXPIREAT"}  # they name an hour, and no time from now on
_MAY_EXPIRE = ("EVAL", "FCALL", "SCRIPT", "HEXPIRE", "HPEXPIRE", "RESTORE")
_SAYS_A_TIME = re.compile(rb"expire|setex|getex|['\"](ex|px|exat|pxat)['\"]", re.IGNORECASE)
_ON_ITS_KEYS = re.compile(rb"call\s*\(\s*['\"]\w+['\"]\s*,\s*KEYS\s*\[")  # a script's command
_SCRIPTS: dict[bytes, bytes] = {}  # texts by their digests
_PUSHES = words("""
    SUBSCRIBE PSUBSCRIBE SSUBSCRIBE MONITOR XREAD XREADGROUP
""")


class Resp(Reader):
    """Arrays of bulk strings, as every client sends its commands."""

    def __init__(self, caveat: Callable[[str], None], leased: Leased) -> None:
        super().__init__(caveat, leased)
        self._queued: list[Access] | None = None  # between MULTI and EXEC, which carries them out
        self._queued_leases: list[tuple[bytes, float, bool]] = []
        self._watched: list[Access] = []  # on which EXEC depends as well
        self._database = 0
        self._login: tuple[str, ...] = ()

    def one(self, data: bytes) -> tuple[list[Access], int] | None:
        found: list[bytes] = []
        end = data.find(b"\r\n")
        if end < 0:
            return None
        count, place = _number(data[:end], b"*"), end + 2
        for _ in range(count):
            end = data.find(b"\r\n", place)
            if end < 0:
                return None
            size = _number(data[place:end], b"$")
            if len(data) < end + 2 + size + 2:
                return None
            found.append(data[end + 2 : end + 2 + size])
            place = end + 2 + size + 2
        if self.said and found:
            self.said(found)
        return self._accesses(found) if found else [], place

    def _accesses(self, words: list[bytes]) -> list[Access]:
        name = words[0].decode(errors="replace").upper()
        if name == "MULTI":
            self._queued = []
            return []
        if name in ("EXEC", "DISCARD", "UNWATCH", "RESET"):
            happens = [*self._watched, *(self._queued or [])] if name == "EXEC" else []
            if name != "UNWATCH":
                leases, self._queued, self._queued_leases = self._queued_leases, None, []
                for key, seconds, sure in leases if name == "EXEC" else ():
                    self._gives_a_time(key, seconds, sure=sure and not self._watched)
            self._watched = []
            return happens
        found = list(self._of(name, words[1:]))
        if name == "WATCH":
            self._watched += found
        if self._queued is None:
            return found
        self._queued += found
        return []

    def _of(self, name: str, words: list[bytes]) -> Iterator[Access]:
        keys = [word.decode(errors="backslashreplace") for word in words]
        if name in _PUSHES or (name == "CLIENT" and keys[:1] == ["TRACKING"]):
            self.caveat(PUSHES)
        if words and (seconds := _time_in(name, words)) is not None:
            self._gives_a_time(words[0], seconds, sure=not _only_if(words[1:]))
            name = "SET"
        elif name in _PASSES_IT_ON and words[1:]:
            self._gives_a_time(words[1], 0)
        if name in _SAYS_NOTHING:
            self._notes_the_connection(name, keys)
            return
        if name in _READS_ALL_NAMED or name == "WATCH":
            yield from (Access(READ, "redis", key) for key in keys)
        elif name in _WRITES_ALL_NAMED:
            yield from (Access(WRITE, "redis", key) for key in keys)
        elif name in _READS_ONE and keys:
            yield Access(READ, "redis", keys[0])
        elif name in _WRITES_ONE and keys:
            over = name == "SET" and not _CONDITIONS & {word.upper() for word in words[2:]}
            yield Access(WRITE, "redis", keys[0], OVERWRITES if over else "")
        else:  # scripts, functions, publishing, and what is not in the lists
            if name.startswith(_MAY_EXPIRE):
                self._may_give_a_time(name, words)
            yield Access(WRITE, "redis")

    def _may_give_a_time(self, name: str, words: list[bytes]) -> None:
        """A script, a function, or a command that gives a time to something else than a key."""
        if name == "SCRIPT":
            if words[:1] in ([b"LOAD"], [b"load"]):
                _remember(words[-1])
            return
        text = None
        if name.startswith("EVALSHA"):
            text = _SCRIPTS.get(words[0].lower()) if words else None
        elif name.startswith("EVAL"):
            text = _remember(words[0]) if words else None
        says_a_time = _TIME_OPTIONS & {word.upper() for word in words[1:]}
        if text is not None and not says_a_time and not _SAYS_A_TIME.search(text):
            return
        count = int(words[1]) if words[1:] and words[1].isdigit() else 0
        for key in words[2 : 2 + count] if name.startswith(("EVAL", "FCALL")) else ():
            self._gives_a_time(key, 0)
        if text is None or len(_ON_ITS_KEYS.findall(text)) < text.count(b"call"):
            self.caveat(EXPIRES)  # it may give one to a key that it does not name to us

    def _gives_a_time(self, key: bytes, seconds: float, *, sure: bool = False) -> None:
        if self._queued is None:
            self.leased("redis", self._database, key, seconds, self._login, sure)
        else:
            self._queued_leases.append((key, seconds, sure))

    def _notes_the_connection(self, name: str, words: list[str]) -> None:
        """Which database the keys of this connection are in, and who may use them."""
        if name == "SELECT" and words and words[0].isdigit():
            self._database = int(words[0])
        elif name == "AUTH":
            self._login = tuple(words)
        elif name == "HELLO" and [word.upper() for word in words[1:2]] == ["AUTH"]:
            self._login = tuple(words[2:4])


def _time_in(name: str, words: list[bytes]) -> float | None:
    """The seconds that a command gives its key; 0 when it names an hour, None when it gives none."""
    if name in _MOMENTS:
        return 0
    if name in ("SET", "GETEX"):
        options = [word.upper() for word in words[1 + (name == "SET") :]]
        place = next((n for n, word in enumerate(options) if word in _TIME_OPTIONS), None)
        if place is None:
            return None
        unit, number = options[place], options[place + 1 : place + 2]
    elif name in _SETS_A_TIME:
        unit, number = (b"PX" if name.startswith("P") else b"EX"), words[1:2]
    else:
        return None
    if unit.endswith(b"AT") or not number or not number[0].isdigit():
        return 0
    return int(number[0]) / (1000 if unit == b"PX" else 1)


def _only_if(options: list[bytes]) -> bool:
    """Whether a command does nothing under some condition."""
    return bool(_CONDITIONS & {word.upper() for word in options})


def _remember(text: bytes) -> bytes:
    _SCRIPTS[sha1(text).hexdigest().encode()] = text  # noqa: S324 (Redis names them so)
    return text


def _number(text: bytes, sign: bytes) -> int:
    if text[:1] != sign or not text[1:].isdigit():
        raise NotUnderstood
    return int(text[1:])
