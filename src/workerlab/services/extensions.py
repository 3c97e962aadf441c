"""Extensions of PostgreSQL: made for an app that names them, since only a superuser may."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workerlab.errors import WorkerlabError

_NAMED = re.compile(
    r"CREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?[\\\"']*([\w-]+)", re.IGNORECASE
)
_MISSING = re.compile(
    r"extension \"(?P<name>[\w-]+)\" is not available"
    r"|extension/(?P<file>[\w-]+)\.control"
    r"|function (?P<function>uuid_generate_v\d\w*|crypt|gen_salt|st_\w+)\(",
    re.IGNORECASE,
)
OF_FUNCTION = {"uuid": "uuid-ossp", "cryp": "pgcrypto", "gen_": "pgcrypto", "st_g": "postgis"}


def named_in(texts: Iterable[str]) -> list[str]:
    """The extensions that an app's sources and migrations make."""
    return sorted({name.lower() for text in texts for name in _NAMED.findall(text)} - {"if"})


def make(url: str, names: Iterable[str]) -> None:
    """Make those of these extensions that the server has, as its superuser, at `url`.

    Without psycopg none is made, and the app's own error tells of it.
    """
    try:
        import psycopg
    except ImportError:
        return
    with psycopg.connect(url, autocommit=True) as session:
        rows = session.execute("SELECT name FROM pg_catalog.pg_available_extensions")
        available = {name for (name,) in rows}
        for name in available.intersection(names):
            session.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}"'.encode())


def explain(error: WorkerlabError) -> None:
    """Give an error advice when it comes from an extension that our server does not have."""
    found = _MISSING.search(f"{error} {error.details}")
    if found:
        function = (found["function"] or "").lower()
        name = found["name"] or found["file"] or OF_FUNCTION.get(function[:4], "postgis")
        error.advice = (
            f"the private PostgreSQL has no extension {name}: name a server of yours that has it, "
            "for a database that may be written to (DATABASE_URL, with --in-place)"
        )
