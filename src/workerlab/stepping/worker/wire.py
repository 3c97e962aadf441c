"""What a worker asks of its stores, read from the bytes that it sends.

Each connection has a reader of its own, which is chosen by the first bytes: RESP (Redis and Valkey),
Memcached's text protocol, PostgreSQL's. A reader turns bytes into accesses. Bytes that it does not
understand, a connection that is encrypted among them, are an access to everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from workerlab.stepping.access import ANYTHING, Access
from workerlab.stepping.worker.replies import Replies, Whose
from workerlab.stepping.worker.replies_memcached import MemcachedReplies
from workerlab.stepping.worker.replies_postgres import PostgresReplies
from workerlab.stepping.worker.replies_redis import RedisReplies
from workerlab.stepping.worker.wire_memcached import Memcached
from workerlab.stepping.worker.wire_postgres import Postgres
from workerlab.stepping.worker.wire_reader import Leased, NotUnderstood, Reader
from workerlab.stepping.worker.wire_redis import Resp

_REPLIES: dict[type[Reader], type[Replies]] = {
    Resp: RedisReplies,
    Memcached: MemcachedReplies,
    Postgres: PostgresReplies,
}


class Wire:
    """One connection: the bytes that are sent, and the accesses that they ask for.

    caveat   is called, with words, for what no access says: `EXPIRES`, `PUSHES`
    leased   is called with each key that is given a time-to-live
    """

    def __init__(self, caveat: Callable[[str], None], leased: Leased) -> None:
        self._caveat, self._leased = caveat, leased
        self._reader: Reader | None = None
        self._unread = b""
        self.lost = False
        self.replies: Replies | None = None  # while they are to be shown

    def sent(self, data: bytes, whose: Whose | None = None) -> list[Access]:
        """The accesses in these bytes, and in what came before and was not complete.

        whose   knows the step that sends them, where the replies are to be shown
        """
        if self.lost:
            return [ANYTHING]
        self._unread += data
        try:
            if self._reader is None:
                self._reader = reader_for(self._unread, self._caveat, self._leased)
            if whose is not None:
                self._hear(self._reader, whose)
            accesses, self._unread = self._reader.read(self._unread)
        except NotUnderstood:
            self.lost, self._unread, self.replies = True, b"", None
            return [ANYTHING]
        # Half a command may be one that its store carries out already, as far as we know.
        return [*accesses, ANYTHING] if self._unread else accesses

    def hush(self) -> None:
        """What was asked, and what is received, is heard no longer."""
        self.replies = None
        if self._reader is not None:
            self._reader.said = None

    def _hear(self, reader: Reader, whose: Whose) -> None:
        if self.replies is None:
            self.replies = _REPLIES[type(reader)]()
        reader.said = partial(self.replies.asked, whose())


def reader_for(data: bytes, caveat: Callable[[str], None], leased: Leased) -> Reader:
    """The reader for a connection that begins with these bytes. Raises NotUnderstood."""
    if data[:1] == b"*":
        return Resp(caveat, leased)
    if data[:1] == b"\0" and len(data) >= 8:
        return Postgres(caveat, leased)
    if re.match(rb"[a-z_]+[ \r]", data):
        return Memcached(caveat, leased)
    raise NotUnderstood
