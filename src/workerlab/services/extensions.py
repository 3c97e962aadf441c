"""Extensions of PostgreSQL: made for an app that names them, since only a superuser may."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workerlab.errors import WorkerlabError

_NAMED = re.compile(
    r"CREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?[\\\"']*([\w-]+)", re.IGNORECASE
)
# They are built with libraries that a PostgreSQL from a Python package does not bring along.
STAND_INS = {
    "uuid-ossp": """
CREATE FUNCTION uuid_nil() RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN '00000000-0000-0000-0000-000000000000'::uuid;
CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql VOLATILE RETURN gen_random_uuid();
CREATE FUNCTION uuid_generate_v1() RETURNS uuid LANGUAGE sql VOLATILE RETURN gen_random_uuid();
CREATE FUNCTION uuid_generate_v1mc() RETURNS uuid LANGUAGE sql VOLATILE RETURN gen_random_uuid();
""",
    "pgcrypto": "",  # its gen_random_uuid() is PostgreSQL's own since version 13
}
ENTRY = """
SET allow_system_table_mods = on;
INSERT INTO pg_catalog.pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    SELECT max(oid::bigint) + 1, '{name}', current_user::regrole, 'public'::regnamespace, true, '1.0'
    FROM pg_catalog.pg_extension;
"""
_MISSING = re.compile(
    r"extension \"(?P<name>[\w-]+)\" is not available"
    r"|extension/(?P<file>[\w-]+)\.control"
    r"|function (?P<function>uuid_generate_v\d\w*|crypt|gen_\w+|digest|pgp_\w+|st_\w+)\(",
    re.IGNORECASE,
)
OF_FUNCTION = {"uuid": "uuid-ossp", "st_g": "postgis"} | dict.fromkeys(
    ("cryp", "gen_", "dige", "pgp_"), "pgcrypto"
)


def named_in(texts: Iterable[str]) -> list[str]:
    """The extensions that an app's sources and migrations make."""
    return sorted({name.lower() for text in texts for name in _NAMED.findall(text)} - {"if"})


def make(url: str, names: Iterable[str]) -> None:
    """Make those of these extensions that the server has, as its superuser, at `url`.

    Of two that it may lack, most apps use no more than a stand-in in SQL has. Without psycopg none is
    made, and the app's own error tells of it.
    """
    try:
        import psycopg
    except ImportError:
        return
    with psycopg.connect(url, autocommit=True) as session:
        rows = session.execute("SELECT name FROM pg_catalog.pg_available_extensions")
        available = {name for (name,) in rows}
        for name in names:
            if name in available:
                session.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}"'.encode())
            elif name in STAND_INS:
                session.execute((STAND_INS[name] + ENTRY.format(name=name)).encode())


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
