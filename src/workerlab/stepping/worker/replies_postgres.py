"""What PostgreSQL's replies say for certain: how many rows a statement has changed, and the first
row of a SELECT where that is one value, sent as text."""

from __future__ import annotations

from workerlab.stepping.worker.replies import Effect, Replies, Tell, counted_rows, text

_CHANGES = (b"INSERT", b"UPDATE", b"DELETE", b"MERGE")


class PostgresReplies(Replies):
    """Simple queries and prepared ones.

    Commands wait as (their kind, tell): a query, an execution, or a sync, up to which the server
    passes over everything once something has failed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[tuple[bytes, Tell]] = []
        self._in_text = False  # whether the rows that come were described as one value in text
        self._first: bytes | None = None  # … and the value of the first one

    def _asks(self, tell: Tell, command: list[bytes]) -> None:
        if command[0] in (b"Q", b"E", b"S"):
            self._waiting.append((command[0], tell))

    def _waits(self) -> bool:
        return bool(self._waiting)

    def _one(self, data: bytes) -> int:
        size = 1 + int.from_bytes(data[1:5])
        if len(data) < 5 or len(data) < size:
            return 0
        self._take(data[:1], data[5:size])
        return size

    def _take(self, kind: bytes, body: bytes) -> None:
        if kind == b"T":  # the last two bytes say how the last column is sent
            one = int.from_bytes(body[:2]) == 1
            self._in_text, self._first = one and body[-2:] == b"\0\0", None
        elif kind == b"D" and self._first is None and self._in_text:
            length = int.from_bytes(body[2:6], signed=True)
            self._first = body[6 : 6 + length] if length >= 0 else None
        elif kind in (b"C", b"I", b"s"):
            self._completes(body.rstrip(b"\0") if kind == b"C" else b"")
        elif kind == b"Z":
            while self._waiting and self._waiting.pop(0)[0] == b"E":
                pass

    def _completes(self, tag: bytes) -> None:
        asked, tell = self._waiting[0]
        if asked == b"E":
            del self._waiting[0]
        first, self._first = self._first, None
        if asked == b"Q" and tag.startswith(b"SELECT") and first is not None:
            tell(Effect(text(first)))
        elif tag.startswith(_CHANGES):
            tell(Effect(None, counted_rows(int(tag.split()[-1]))))
