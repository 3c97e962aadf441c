"""Memcached's text protocol."""

from __future__ import annotations

from workerlab.stepping.access import EXPIRES, READ, WRITE, Access
from workerlab.stepping.worker.wire_reader import NotUnderstood, Reader

_STORES = {b"set", b"add", b"replace", b"append", b"prepend", b"cas"}
_CHANGES = {b"incr", b"decr", b"delete"}
_GETS = {b"get", b"gets"}


class Memcached(Reader):
    """The text protocol."""

    def one(self, data: bytes) -> tuple[list[Access], int] | None:
        end = data.find(b"\r\n")
        if end < 0:
            return None
        words, size = data[:end].split(), end + 2
        if not words:
            raise NotUnderstood
        keys = [word.decode(errors="backslashreplace") for word in words[1:]]
        if words[0] in _STORES:
            if len(words) < 5 or not words[4].isdigit():
                raise NotUnderstood
            size += int(words[4]) + 2
            if len(data) < size:
                return None
            if words[3] != b"0":
                self.caveat(EXPIRES)
            return [Access(WRITE, "memcached", keys[0])], size
        if words[0] in _GETS:
            return [Access(READ, "memcached", key) for key in keys], size
        if words[0] in _CHANGES and keys:
            return [Access(WRITE, "memcached", keys[0])], size
        if words[0] in (b"version", b"quit", b"verbosity"):
            return [], size
        if words[0] == b"flush_all":
            return [Access(WRITE, "memcached")], size
        raise NotUnderstood
