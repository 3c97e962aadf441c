"""The clocks of the stores: ask when a key ends, and let it end now.

A store's own clock cannot be set, but that of one key can: Redis is told that it ends in a
millisecond, which it then does in every way as it would have in time. Memcached has no such
command, and a key that is deleted there looks like one that has run out.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from workerlab.stepping.lease import Lease

if TYPE_CHECKING:
    from redis import Redis

RESPONSE_S = 5.0


class Unclear(Exception):
    """The store does not say when a key ends, or does not respond."""


class Clock(Protocol):
    """The clock of one store."""

    def mark(self, lease: Lease) -> str:
        """Names the time-to-live that the key has now: another one has another name. "" when it has
        none, or is not there. Raises Unclear."""

    def left(self, lease: Lease) -> float:
        """The seconds until the key ends. Raises Unclear."""

    def run_out(self, lease: Lease) -> None:
        """The key's time-to-live runs out now. Raises Unclear."""

    def close(self) -> None:
        """Hang up."""


class Clocks:
    """A clock for each store and login, made when it is first asked."""

    def __init__(self) -> None:
        self._clocks: dict[object, Clock] = {}

    def of(self, lease: Lease) -> Clock:
        """The clock by which this key ends. Raises Unclear."""
        which = (lease.place, lease.address, lease.database, lease.login)
        if which not in self._clocks:
            kind = RedisClock if lease.place == "redis" else MemcachedClock
            self._clocks[which] = kind(lease)
        return self._clocks[which]

    def close(self) -> None:
        for clock in self._clocks.values():
            clock.close()
        self._clocks = {}


class RedisClock:
    """One database of a Redis, from version 7 on."""

    def __init__(self, lease: Lease) -> None:
        from redis import Redis

        user, password = [*(None,) * (2 - len(lease.login)), *lease.login][-2:]
        host, _, port = lease.address.rpartition(":")
        at_path = lease.address.startswith("/")
        place = (
            {"unix_socket_path": lease.address} if at_path else {"host": host, "port": int(port)}
        )
        self._store: Redis = Redis(
            **place,
            db=lease.database,
            username=user,
            password=password,
            socket_timeout=RESPONSE_S,
            socket_connect_timeout=RESPONSE_S,
        )

    def mark(self, lease: Lease) -> str:
        ends = self._ask("PEXPIRETIME", lease.raw_key)
        return str(ends) if ends > 0 else ""

    def left(self, lease: Lease) -> float:
        return self._ask("PTTL", lease.raw_key) / 1000

    def run_out(self, lease: Lease) -> None:
        self._ask("PEXPIRE", lease.raw_key, 1, "XX")
        until = time.monotonic() + RESPONSE_S
        while self._ask("EXISTS", lease.raw_key):  # … and to ask for it makes it end
            if time.monotonic() > until:
                raise Unclear("a key does not end")

    def _ask(self, *words: object) -> int:
        from redis import RedisError

        try:
            return int(self._store.execute_command(*words))  # type: ignore[no-untyped-call]
        except (RedisError, ValueError, TypeError) as error:
            raise Unclear(str(error)) from error

    def close(self) -> None:
        self._store.close()


class MemcachedClock:
    """One Memcached, from version 1.6 on, which has meta commands."""

    def __init__(self, lease: Lease) -> None:
        host, _, port = lease.address.rpartition(":")
        try:
            self._line = socket.create_connection((host, int(port)), RESPONSE_S)
        except (OSError, ValueError) as error:
            raise Unclear(str(error)) from error
        self._answers = self._line.makefile("rb")

    def mark(self, lease: Lease) -> str:
        number, left = self._meta(lease)
        return number if left >= 0 else ""

    def left(self, lease: Lease) -> float:
        return self._meta(lease)[1]

    def _meta(self, lease: Lease) -> tuple[str, int]:
        """The number of the value, and the seconds that are left: -1 without a time or a key."""
        words = self._ask(b"mg " + lease.raw_key + b" c t").split()
        if words[:1] == [b"EN"]:
            return "", -1
        if words[:1] != [b"HD"] or len(words) < 3:
            raise Unclear("this Memcached has no meta commands")
        return words[1][1:].decode(), int(words[2][1:])

    def run_out(self, lease: Lease) -> None:
        self._ask(b"delete " + lease.raw_key)

    def _ask(self, line: bytes) -> bytes:
        try:
            self._line.sendall(line + b"\r\n")
            answer = self._answers.readline()
        except OSError as error:
            raise Unclear(str(error)) from error
        if not answer:
            raise Unclear("the store hung up")
        return answer

    def close(self) -> None:
        with suppress(OSError):
            self._answers.close()
            self._line.close()
