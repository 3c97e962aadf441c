"""Memcached's text protocol."""

from __future__ import annotations

from workerlab.stepping.access import EXPIRES, OVERWRITES, READ, WRITE, Access
from workerlab.stepping.worker.wire_reader import NotUnderstood, Reader

_STORES = {b"set", b"add", b"replace", b"append", b"prepend", b"cas"}
_CHANGES = {b"incr", b"decr", b"delete"}
_GETS = {b"get", b"gets"}
_TOUCHES = {b"touch", b"gat", b"gats"}  # set a time, and perhaps read
_MONTH_S = 30 * 24 * 3600  # a longer time is meant as a moment, in seconds since 1970


class Memcached(Reader):
    """The text protocol."""

    def one(self, data: bytes) -> tuple[list[Access], int] | None:
        end = data.find(b"\r\n")
        if end < 0:
            return None
        words, size = data[:end].split(), end + 2
        if not words:
            raise self._not_understood()
        keys = [word.decode(errors="backslashreplace") for word in words[1:]]
        if words[0] in _STORES:
            return self._stores(words, data, size)
        if self.said:
            self.said(words)
        if words[0] in _GETS:
            return [Access(READ, "memcached", key) for key in keys], size
        if words[0] in _CHANGES and keys:
            return [Access(WRITE, "memcached", keys[0])], size
        if words[0] in _TOUCHES and len(words) > 2:
            return self._touches(words), size
        if words[0] in (b"version", b"quit", b"verbosity"):
            return [], size
        if words[0] == b"flush_all":
            return [Access(WRITE, "memcached")], size
        raise self._not_understood()

    def _stores(
        self, words: list[bytes], data: bytes, start: int
    ) -> tuple[list[Access], int] | None:
        """A command that is followed by a value, which begins at `start`."""
        if len(words) < 5 or not words[4].isdigit():
            raise self._not_understood()
        size = start + int(words[4]) + 2
        if len(data) < size:
            return None
        if self.said:
            self.said([*words, data[start : size - 2]])
        self._expires(words[1], words[3])
        over = OVERWRITES if words[0] == b"set" else ""
        name = words[1].decode(errors="backslashreplace")
        return [Access(WRITE, "memcached", name, over)], size

    def _touches(self, words: list[bytes]) -> list[Access]:
        keys, time = (words[1:2], words[2]) if words[0] == b"touch" else (words[2:], words[1])
        for key in keys:
            self._expires(key, time)
        names = [key.decode(errors="backslashreplace") for key in keys]
        return [Access(WRITE, "memcached", name) for name in names]

    def _expires(self, key: bytes, time: bytes) -> None:
        if time != b"0":
            seconds = int(time) if time.isdigit() else 0
            self.leased("memcached", 0, key, seconds if seconds <= _MONTH_S else 0, (), False)

    def _not_understood(self) -> NotUnderstood:
        self.caveat(EXPIRES)  # what cannot be read may set a time as well
        return NotUnderstood()
