"""What a command of Redis has read and written, by its arguments and its reply.

Only what is certain: a command that is not in here, a script above all, says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workerlab.stepping.worker.replies import LONGEST, UNKNOWN, Effect, named, text
from workerlab.stepping.worker.resp import Refused

if TYPE_CHECKING:
    from typing import Any

_SAYS_NOTHING = {
    b"HELLO", b"AUTH", b"CLIENT", b"PING", b"SELECT", b"ECHO", b"COMMAND", b"QUIT", b"READONLY",
    b"WATCH", b"UNWATCH", b"SCRIPT",
}  # fmt: skip


def effect_of(command: list[bytes], reply: Any) -> Effect | None:
    """What it did; None for a command that touches no data."""
    verb, *words = command
    name = verb.upper()
    if name in _SAYS_NOTHING:
        return None
    if isinstance(reply, Refused) or name not in _EFFECTS:
        return UNKNOWN
    try:
        return _EFFECTS[name](words, reply)
    except (ValueError, TypeError, IndexError, AttributeError):  # not as we know this command
        return UNKNOWN


Words = list[bytes]


def _is(place: str, value: object) -> str:
    return f"no {place}" if value is None else f"{place} = {text(value)}"


def _field(words: Words, at: int = 1) -> str:
    return f"{named(words[0])}[{named(words[at])}]"


def _short(said: str) -> str:
    return said if len(said) <= 2 * LONGEST else said[: 2 * LONGEST - 1] + "…"


def _list(values: list[Any]) -> str:
    return ", ".join(text(value) for value in values)


# -- single values -----------------------------------------------------------------------------


def _get(words: Words, reply: Any) -> Effect:
    return Effect(_is(named(words[0]), reply))


def _set(words: Words, reply: Any) -> Effect:
    key, options = named(words[0]), {word.upper() for word in words[2:]}
    if b"GET" in options:
        if options & {b"NX", b"XX"}:
            return Effect(
                _is(key, reply)
            )  # whether it was set is told by no reply in every version
        return _turned(key, reply, words[1])
    if reply == b"OK":
        return Effect(None, _is(key, words[1]))
    return Effect(f"{key} is there" if b"NX" in options else f"no {key}")


def _setex(words: Words, reply: Any) -> Effect:
    return Effect(None, _is(named(words[0]), words[2]))


def _turned(key: str, before: Any, now: object) -> Effect:
    was = f": {text(before)}" if before is not None else ""
    return Effect(None, f"{key}{was} → {text(now)}")


def _getset(words: Words, reply: Any) -> Effect:
    return _turned(named(words[0]), reply, words[1])


def _getdel(words: Words, reply: Any) -> Effect:
    key = named(words[0])
    return Effect(f"no {key}") if reply is None else Effect(None, f"{key}: {text(reply)} → gone")


def _setnx(words: Words, reply: Any) -> Effect:
    key = named(words[0])
    return Effect(None, _is(key, words[1])) if reply == 1 else Effect(f"{key} is there")


def _adds(sign: int, at: int | None) -> Callable[[Words, Any], Effect]:
    """INCR and those like it: the reply is the count that is there now."""

    def effect(words: Words, reply: Any) -> Effect:
        change = sign * (1 if at is None else int(words[at]))
        place = _field(words) if at == 2 else named(words[0])
        return Effect(None, f"{place}: {int(reply) - change} → {int(reply)}")

    return effect


def _incrbyfloat(words: Words, reply: Any) -> Effect:
    return Effect(None, f"{named(words[0])} → {text(reply)}")


def _append(words: Words, reply: Any) -> Effect:
    return Effect(None, f"{named(words[0])} += {text(words[1])}")


def _mget(words: Words, reply: Any) -> Effect:
    pairs = zip(words, reply, strict=True)
    return Effect(_short(", ".join(_is(named(key), value) for key, value in pairs)))


def _mset(words: Words, reply: Any) -> Effect:
    pairs = zip(words[::2], words[1::2], strict=True)
    return Effect(None, _short(", ".join(_is(named(key), value) for key, value in pairs)))


def _del(words: Words, reply: Any) -> Effect:
    keys = ", ".join(named(word) for word in words)
    if reply == 0:
        return Effect(f"no {keys}") if len(words) == 1 else UNKNOWN
    return Effect(None, _short(f"{keys} gone")) if reply == len({*words}) else UNKNOWN


def _exists(words: Words, reply: Any) -> Effect:
    key = named(words[0])
    return UNKNOWN if words[1:] else Effect(f"{key} is there" if reply else f"no {key}")


# -- hashes ------------------------------------------------------------------------------------


def _hget(words: Words, reply: Any) -> Effect:
    return Effect(_is(_field(words), reply))


def _hset(words: Words, reply: Any) -> Effect:
    key = named(words[0])
    pairs = zip(words[1::2], words[2::2], strict=True)
    return Effect(
        None, _short(", ".join(f"{key}[{named(field)}] = {text(value)}" for field, value in pairs))
    )


def _hsetnx(words: Words, reply: Any) -> Effect:
    return _hset(words, reply) if reply == 1 else Effect(f"{_field(words)} is there")


def _hmget(words: Words, reply: Any) -> Effect:
    pairs = enumerate(reply, start=1)
    return Effect(_short(", ".join(_is(_field(words, at), value) for at, value in pairs)))


def _hgetall(words: Words, reply: Any) -> Effect:
    found = reply if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2], strict=True))
    said = ", ".join(f"{text(field)}: {text(value)}" for field, value in found.items())
    return Effect(_short(f"{named(words[0])} = {{{said}}}"))


def _hdel(words: Words, reply: Any) -> Effect:
    if len(words) != 2:
        return UNKNOWN
    place = _field(words)
    return Effect(None, f"{place} gone") if reply else Effect(f"no {place}")


def _hexists(words: Words, reply: Any) -> Effect:
    place = _field(words)
    return Effect(f"{place} is there" if reply else f"no {place}")


# -- lists and sets ----------------------------------------------------------------------------


def _size(words: Words, reply: Any) -> Effect:
    return Effect(f"len({named(words[0])}) = {int(reply)}")


def _push(words: Words, reply: Any) -> Effect:
    return Effect(None, _short(f"{named(words[0])} += {_list(words[1:])}"))


def _pop(words: Words, reply: Any) -> Effect:
    key = named(words[0])
    if reply is None:
        return Effect(f"no {key}")
    out = _list(reply) if isinstance(reply, list) else text(reply)
    return Effect(None, _short(f"{key} −= {out}"))


def _lrange(words: Words, reply: Any) -> Effect:
    whole = words[1:3] == [b"0", b"-1"]
    place = named(words[0]) + ("" if whole else f"[{text(words[1])}..{text(words[2])}]")
    return Effect(_short(f"{place} = [{_list(reply)}]"))


def _sadd(words: Words, reply: Any) -> Effect:
    if len(words) != 2:
        return _push(words, reply) if reply == len(words) - 1 else UNKNOWN
    return _push(words, reply) if reply else Effect(f"{text(words[1])} is in {named(words[0])}")


def _srem(words: Words, reply: Any) -> Effect:
    if len(words) != 2:
        return UNKNOWN
    key, member = named(words[0]), text(words[1])
    return Effect(None, f"{key} −= {member}") if reply else Effect(f"{member} is not in {key}")


def _sismember(words: Words, reply: Any) -> Effect:
    is_in = "is in" if reply else "is not in"
    return Effect(f"{text(words[1])} {is_in} {named(words[0])}")


def _smembers(words: Words, reply: Any) -> Effect:
    return Effect(_short(f"{named(words[0])} = {{{_list(sorted(reply))}}}"))


def _zadd(words: Words, reply: Any) -> Effect:
    if len(words) != 3:
        return UNKNOWN
    return Effect(None, f"{_field(words, 2)} = {text(words[1])}")


def _zincrby(words: Words, reply: Any) -> Effect:
    return Effect(None, f"{_field(words, 2)} → {text(reply)}")


_EFFECTS: dict[bytes, Callable[[Words, Any], Effect]] = {
    b"GET": _get, b"GETEX": _get, b"SET": _set, b"SETEX": _setex, b"PSETEX": _setex,
    b"SETNX": _setnx, b"GETSET": _getset, b"GETDEL": _getdel, b"APPEND": _append,
    b"INCR": _adds(1, None), b"DECR": _adds(-1, None), b"INCRBY": _adds(1, 1),
    b"DECRBY": _adds(-1, 1), b"HINCRBY": _adds(1, 2), b"INCRBYFLOAT": _incrbyfloat,
    b"MGET": _mget, b"MSET": _mset, b"DEL": _del, b"UNLINK": _del, b"EXISTS": _exists,
    b"HGET": _hget, b"HSET": _hset, b"HMSET": _hset, b"HSETNX": _hsetnx, b"HMGET": _hmget,
    b"HGETALL": _hgetall, b"HDEL": _hdel, b"HEXISTS": _hexists,
    b"STRLEN": _size, b"HLEN": _size, b"LLEN": _size, b"SCARD": _size, b"ZCARD": _size,
    b"LPUSH": _push, b"RPUSH": _push, b"LPOP": _pop, b"RPOP": _pop, b"SPOP": _pop,
    b"LRANGE": _lrange, b"LINDEX": _hget, b"SADD": _sadd, b"SREM": _srem,
    b"SISMEMBER": _sismember, b"SMEMBERS": _smembers, b"ZADD": _zadd, b"ZSCORE": _hget,
    b"ZINCRBY": _zincrby,
}  # fmt: skip
