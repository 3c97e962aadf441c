"""RESP, the protocol of Redis and Valkey."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from hashlib import sha1

from workerlab.stepping.access import EXPIRES, PUSHES, READ, WRITE, Access
from workerlab.stepping.worker.wire_reader import NotUnderstood, Reader, words

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
_MAY_EXPIRE = ("EVAL", "FCALL", "SCRIPT", "HEXPIRE", "HPEXPIRE", "RESTORE")
_SCRIPTS: dict[bytes, bytes] = {}  # texts by their digests
_PUSHES = words("""
    SUBSCRIBE PSUBSCRIBE SSUBSCRIBE MONITOR XREAD XREADGROUP
""")


class Resp(Reader):
    """Arrays of bulk strings, as every client sends its commands."""

    def __init__(self, caveat: Callable[[str], None]) -> None:
        super().__init__(caveat)
        self._queued: list[Access] | None = None  # between MULTI and EXEC, which carries them out
        self._watched: list[Access] = []  # on which EXEC depends as well

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
        return self._accesses(found) if found else [], place

    def _accesses(self, words: list[bytes]) -> list[Access]:
        name = words[0].decode(errors="replace").upper()
        if name == "MULTI":
            self._queued = []
            return []
        if name in ("EXEC", "DISCARD", "UNWATCH", "RESET"):
            happens = [*self._watched, *(self._queued or [])] if name == "EXEC" else []
            if name != "UNWATCH":
                self._queued = None
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
        if name in _SETS_A_TIME or (
            name == "SET" and _TIME_OPTIONS & {word.upper() for word in words[2:]}
        ):
            self.caveat(EXPIRES)
            name = "SET"
        if name in _SAYS_NOTHING:
            return
        if name in _READS_ALL_NAMED or name == "WATCH":
            yield from (Access(READ, "redis", key) for key in keys)
        elif name in _WRITES_ALL_NAMED:
            yield from (Access(WRITE, "redis", key) for key in keys)
        elif name in _READS_ONE and keys:
            yield Access(READ, "redis", keys[0])
        elif name in _WRITES_ONE and keys:
            yield Access(WRITE, "redis", keys[0])
        else:  # scripts, functions, publishing, and what is not in the lists
            if name.startswith(_MAY_EXPIRE) and not self._is_known(name, words):
                self.caveat(EXPIRES)
            yield Access(WRITE, "redis")

    def _is_known(self, name: str, words: list[bytes]) -> bool:
        """Whether a script was seen, and says nothing of a time."""
        if name.startswith("EVALSHA"):
            text = _SCRIPTS.get(words[0].lower(), b"expire") if words else b"expire"
        elif name.startswith("EVAL") or (name == "SCRIPT" and words[:1] in ([b"LOAD"], [b"load"])):
            text = words[-1 if name == "SCRIPT" else 0]
            _SCRIPTS[sha1(text).hexdigest().encode()] = text  # noqa: S324 (Redis names them so)
        else:
            return name == "SCRIPT"
        return not re.search(
            rb"expire|setex|getex|['\"](ex|px|exat|pxat)['\"]", text, re.IGNORECASE
        )


def _number(text: bytes, sign: bytes) -> int:
    if text[:1] != sign or not text[1:].isdigit():
        raise NotUnderstood
    return int(text[1:])
