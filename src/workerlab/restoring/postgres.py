"""The rows and sequences of a PostgreSQL database as they were, while an app has connections to it.

A table is filled again only if it has changed, which the hash of its rows, in their order, tells.
Triggers and foreign keys are off meanwhile, so this needs a superuser: the server is one of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workerlab.errors import ServiceMissing
from workerlab.restoring.busy import Busy

if TYPE_CHECKING:
    from psycopg import Connection

OURS = ("pg_catalog", "information_schema", "pg_toast")
RELATIONS = """
SELECT c.oid, c.relkind::text, format('%%I.%%I', n.nspname, c.relname),
       (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_catalog.pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'S') AND c.relpersistence <> 't' AND n.nspname <> ALL (%s)
ORDER BY c.oid"""
STATE = {  # of a table, of a sequence: as one text
    "r": "SELECT '{oid}', md5(coalesce(string_agg(t::text, chr(10)), '')) FROM {name} t",
    "S": "SELECT '{oid}', last_value || ' ' || is_called FROM {name}",
}
AT_START = {  # what a table or a sequence is that has been made since
    "r": "DELETE FROM {name}",
    "S": "ALTER SEQUENCE {name} RESTART",
}
OUT = "COPY (SELECT {columns} FROM {name}) TO STDOUT (FORMAT binary)"
IN = "COPY {name} ({columns}) FROM STDIN (FORMAT binary)"
LOCK_S = 1  # seconds for a transaction of the app to end


@dataclass(frozen=True)
class Relation:
    """A table or a sequence; `columns` are those that a row is given, as SQL."""

    oid: int
    kind: str
    name: str
    columns: str | None


@dataclass
class PostgresData:
    """The tables and sequences of the database at `url`, where the user is a superuser."""

    url: str
    name: str = "PostgreSQL"
    _state: dict[int, str] = field(default_factory=dict)
    _rows: dict[int, list[bytes]] = field(default_factory=dict)
    _session: Connection | None = None

    def take(self) -> None:
        """Remember all rows and the state of each sequence. Raises ServiceMissing without psycopg."""
        relations = self._relations()
        self._state = self._states(relations)
        self._rows = {}
        for one in relations:
            if one.kind == "r" and one.columns:
                statement = OUT.format(columns=one.columns, name=one.name).encode()
                with self._connected().cursor().copy(statement) as rows:
                    self._rows[one.oid] = [bytes(block) for block in rows]

    def put_back(self) -> None:
        """Fill each table that has changed, and set each sequence. Raises Busy for an open transaction.

        What has been made since the start is emptied, and stays: a worker knows that it has made it.
        """
        from psycopg import errors

        relations = self._relations()
        now = self._states(relations)
        changed = [one for one in relations if now[one.oid] != self._state.get(one.oid)]
        if not changed:
            return
        session = self._connected()
        try:
            with session.transaction():
                session.execute("SET LOCAL session_replication_role = replica")
                for one in changed:
                    self._put_back(session, one)
        except errors.LockNotAvailable as error:
            raise Busy("PostgreSQL waits for a transaction that was left open") from error

    def _put_back(self, session: Connection, one: Relation) -> None:
        known = one.oid in self._state
        if one.kind == "S" and known:
            value, called = self._state[one.oid].split()
            arguments = [one.name, int(value), called == "true"]
            session.execute("SELECT setval(%s::regclass, %s, %s)", arguments)
            return
        session.execute(AT_START[one.kind].format(name=one.name).encode())
        if known and self._rows.get(one.oid):
            statement = IN.format(columns=one.columns, name=one.name).encode()
            with session.cursor().copy(statement) as rows:
                for block in self._rows[one.oid]:
                    rows.write(block)

    def _relations(self) -> list[Relation]:
        rows = self._connected().execute(RELATIONS, [[*OURS]]).fetchall()
        return [Relation(*row) for row in rows]

    def _states(self, relations: list[Relation]) -> dict[int, str]:
        """The state of each, in one question."""
        asked = " UNION ALL ".join(
            STATE[one.kind].format(oid=one.oid, name=one.name) for one in relations
        )
        if not asked:
            return {}
        return {int(oid): state for oid, state in self._connected().execute(asked.encode())}

    def _connected(self) -> Connection:
        if self._session is None:
            try:
                import psycopg
            except ImportError:
                raise ServiceMissing(
                    "PostgreSQL's rows cannot be put back without psycopg",
                    'pip install "psycopg[binary]", or give a command that does (--reset-command)',
                ) from None
            self._session = psycopg.connect(self.url, autocommit=True, options="-c search_path=")
            self._session.execute(f"SET lock_timeout = '{LOCK_S}s'".encode())
        return self._session

    def close(self) -> None:
        """Hang up."""
        if self._session is not None:
            self._session.close()
