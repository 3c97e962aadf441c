"""Functions of Python that tell us that they are called, since no audit event does.

Each stands in the place of the real one, and calls it. It cannot be undone.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

_FACTORY = 6  # so many arguments of `sqlite3.connect` name the class of the connection, too
_QUESTIONS = ("stat", "lstat", "access", "readlink", "statvfs")


def stand_before_questions(asked: Callable[[object], None]) -> None:
    """Call `asked` with each path or descriptor that is asked after (`exists`, a size, a time)."""
    for name in _QUESTIONS:
        _stand_before(name, asked)


def _stand_before(name: str, asked: Callable[[object], None]) -> None:
    original = getattr(os, name)

    def ask(path: Any, *arguments: Any, **options: Any) -> Any:
        asked(path)
        return original(path, *arguments, **options)

    for able in (os.supports_fd, os.supports_dir_fd, os.supports_follow_symlinks):
        if original in able:
            able.add(ask)
    setattr(os, name, ask)


def stand_before_sleep(sleeps: Callable[[], None]) -> None:
    """Call `sleeps` when a coroutine is to wait for a time. (`time.sleep` has an audit event.)"""
    original = asyncio.sleep

    async def sleep(delay: float, *arguments: Any, **options: Any) -> Any:
        if delay > 0:
            sleeps()
        return await original(delay, *arguments, **options)

    for module in [*sys.modules.values()]:  # some have it under a name of their own, anyio say
        if getattr(module, "__dict__", {}).get("sleep") is original:
            module.sleep = sleep  # type: ignore[attr-defined]


class Connection(sqlite3.Connection):
    """One that can be pointed to without being kept open by that."""


def stand_before_sqlite(connected: Callable[[sqlite3.Connection], None]) -> None:
    """Call `connected` with each connection that `sqlite3.connect` has opened."""
    original = sqlite3.connect

    def connect(*arguments: Any, **options: Any) -> Any:
        if len(arguments) < _FACTORY:
            options.setdefault("factory", Connection)
        connection = original(*arguments, **options)
        connected(connection)
        return connection

    sqlite3.connect = sqlite3.dbapi2.connect = connect
