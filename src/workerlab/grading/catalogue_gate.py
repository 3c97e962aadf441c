"""Keeps all sessions of PostgreSQL from writing to one catalogue, until it is opened."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncpg

LOOK_S = 0.01
SHUT = "BEGIN; LOCK TABLE pg_catalog.{} IN SHARE MODE"
IN_LINE = "SELECT true FROM pg_catalog.pg_locks WHERE NOT granted AND pid = $1"
HAS_ASKED = "SELECT true FROM pg_catalog.pg_locks WHERE pid = $1 AND relation = $2::regclass"


class CatalogueGate:
    """A catalogue that may not be written to while the gate is shut."""

    def __init__(
        self, catalogue: str, watching: asyncpg.Connection, *sessions: asyncpg.Connection
    ) -> None:
        self.catalogue, self._watching = catalogue, watching
        self._holding, self._spare = sessions
        self._asked: asyncio.Task[str] | None = None  # for the lock after the next opening

    @property
    def is_shut(self) -> bool:
        return self._asked is not None and self._asked.done() and bool(self._asked.result())

    async def shut(self) -> None:
        self._ask(self._holding)
        while not self.is_shut:
            await asyncio.sleep(LOOK_S)

    def _ask(self, session: asyncpg.Connection) -> None:
        lock = session.execute(SHUT.format(self.catalogue), timeout=3600)
        self._asked = asyncio.create_task(lock)

    async def open(self) -> None:
        """Those that wait go on. It shuts behind them, as soon as none of them writes to it."""
        self._ask(self._spare)  # it stands in line behind those that wait
        pid = self._spare.get_server_pid()
        while not (self.is_shut or await self._watching.fetchval(HAS_ASKED, pid, self.catalogue)):
            await asyncio.sleep(0)
        await self._holding.execute("ROLLBACK")
        self._holding, self._spare = self._spare, self._holding

    async def stand_open(self) -> None:
        """Everybody may pass, until it is shut again."""
        await self._holding.execute("ROLLBACK")
        self._asked = None

    def shut_again(self) -> None:
        if self._asked is None:
            self._ask(self._holding)

    async def waits_in_line(self) -> bool:
        """Whether it is about to shut, and waits for a session to end what it does."""
        return bool(await self._watching.fetchval(IN_LINE, self._holding.get_server_pid()))

    async def remove(self) -> None:
        """Let all pass from now on."""
        if self._asked is not None and not self._asked.done():
            self._asked.cancel()
            with suppress(asyncio.CancelledError):
                await self._asked
        self._asked = None
        await self._holding.execute("ROLLBACK")
