"""PostgreSQL's protocol, and what its statements touch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from workerlab.stepping.access import PUSHES, READ, WRITE, Access
from workerlab.stepping.worker.wire_reader import Leased, NotUnderstood, Reader, words

_SSL, _GSS = 80877103, 80877104  # in place of a protocol's version: may we talk in secret?
_HARMLESS = words("""
    abs coalesce count greatest least length lower max min now nullif round sum upper
    in and or not where from exists on any
""")  # the last are no functions: a parenthesis may follow them
_NOTHING = words("BEGIN START SAVEPOINT RELEASE SET SHOW DEALLOCATE RESET")  # touch no row
_ENDS = words("COMMIT END ROLLBACK ABORT")
_MORE_THAN_READS = words("UPDATE SHARE INTO INSERT DELETE MERGE CALL")


class Postgres(Reader):
    """Queries, simple and prepared. What a statement changes may be anywhere in the database:
    triggers and functions are not seen. So a read is a SELECT that calls no function of the app's
    and locks no row, and everything else is a write.
    """

    def __init__(self, caveat: Callable[[str], None], leased: Leased) -> None:
        super().__init__(caveat, leased)
        self._begun = False
        self._serializable = self._wrote = False
        self._prepared: dict[bytes, str] = {}
        self._portals: dict[bytes, str] = {}

    def one(self, data: bytes) -> tuple[list[Access], int] | None:
        if not self._begun:
            return self._start(data)
        if len(data) < 5:
            return None
        size = 1 + int.from_bytes(data[1:5])
        if len(data) < size:
            return None
        if self.said:
            self.said([data[:1], self._text_of(data[:1], data[5:size]).encode()])
        return [*self._accesses(data[:1], data[5:size])], size

    def _start(self, data: bytes) -> tuple[list[Access], int] | None:
        size = int.from_bytes(data[:4])
        if size < 8 or size > 10_000:
            raise NotUnderstood  # a handshake of TLS, say
        if len(data) < size:
            return None
        self._begun = int.from_bytes(data[4:8]) not in (_SSL, _GSS)
        self._serializable = b"serializable" in data[8:size].lower()
        return [], size

    def _text_of(self, kind: bytes, body: bytes) -> str:
        """The SQL that a query or an execution carries out; "?" where that is not known."""
        text = body.split(b"\0")[0]
        return text.decode(errors="replace") if kind == b"Q" else self._portals.get(text, "?")

    def _accesses(self, kind: bytes, body: bytes) -> Iterator[Access]:
        text = body.split(b"\0")
        if kind == b"Q":
            yield from self._of(text[0].decode(errors="replace"))
        elif kind == b"P":
            self._prepared[text[0]] = text[1].decode(errors="replace")
            yield Access(READ, "postgres")
        elif kind == b"B":
            self._portals[text[0]] = self._prepared.get(text[1], "?")
        elif kind == b"E":
            yield from self._of(self._portals.get(text[0], "?"))
        elif kind in b"dcfF":
            yield Access(WRITE, "postgres")
        elif kind not in b"DHSCpX":
            raise NotUnderstood

    def _of(self, sql: str) -> Iterator[Access]:
        for statement in re.sub(r"--[^\n]*|/\*.*?\*/", " ", sql, flags=re.DOTALL).split(";"):
            said = re.findall(r"\w+", statement.upper())
            if not said:
                continue
            self._serializable |= "SERIALIZABLE" in said
            if said[0] == "LISTEN":
                self.caveat(PUSHES)
            if said[0] in _NOTHING:
                continue
            if said[0] in _ENDS and "TO" not in said:  # a savepoint ends no transaction
                yield Access(WRITE if self._wrote else READ, "postgres")
                self._wrote = False
            elif _only_reads(statement) and not self._serializable:
                yield Access(READ, "postgres")
            else:
                self._wrote = True
                yield Access(WRITE, "postgres")


def _only_reads(statement: str) -> bool:
    """Whether it is a SELECT that locks no row, and calls no function that we do not know."""
    said = re.findall(r"\w+", statement.upper())
    called = re.findall(r"([\w.\"]+)\s*\(", statement.lower())
    return said[:1] == ["SELECT"] and not _MORE_THAN_READS & {*said} and {*called} <= _HARMLESS
