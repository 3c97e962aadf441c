"""What PostgreSQL's replies say for certain: how many rows a statement has changed.

Not those of a statement with WITH: it may change more rows than those that it counts. And not what a
SELECT gives: most rows come in a binary form whose types were told long ago, and pools
ask things of their own in between.
"""

from __future__ import annotations

import re

from workerlab.stepping.worker.replies import Effect, Replies, Tell, counted_rows

_WITH = re.compile(rb"\bWITH\b")
_CHANGES = (b"INSERT", b"UPDATE", b"DELETE", b"MERGE")


class PostgresReplies(Replies):
    """Simple queries and prepared ones.

    Commands wait as (their kind, tell): a query, an execution, or a sync, up to which the server
    passes over everything once something has failed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[tuple[bytes, Tell]] = []

    def _asks(self, tell: Tell, command: list[bytes]) -> None:
        kind, sql = command[0], command[1].upper()
        if kind in (b"Q", b"E", b"S"):
            counts_all = sql != b"?" and not _WITH.search(sql)
            self._waiting.append((kind, tell if counts_all else lambda effect: None))

    def _waits(self) -> bool:
        return bool(self._waiting)

    def _one(self, data: bytes) -> int:
        size = 1 + int.from_bytes(data[1:5])
        if len(data) < 5 or len(data) < size:
            return 0
        self._take(data[:1], data[5:size])
        return size

    def _take(self, kind: bytes, body: bytes) -> None:
        if kind in (b"C", b"I", b"s"):  # complete, empty, or more rows are there
            self._completes(body.rstrip(b"\0") if kind == b"C" else b"")
        elif kind == b"Z":  # ready for what comes next
            while self._waiting and self._waiting.pop(0)[0] == b"E":
                pass

    def _completes(self, tag: bytes) -> None:
        asked, tell = self._waiting[0]
        if asked == b"E":
            del self._waiting[0]
        if tag.startswith(_CHANGES):
            tell(Effect(None, counted_rows(int(tag.split()[-1]))))
