"""What PostgreSQL holds: rows as others see them, and the versions of rows in its pages.

A row that a transaction has written is seen by nobody else before it commits. But its new version
lies in the page of its table at once, and its old version has the mark of who replaced it. An
administrator may look into the pages (the extension `pageinspect`), so each step's changes are seen.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

SCHEMA = "workerlab_witness"
TABLES = """SELECT c.oid::regclass::text, pg_relation_size(c.oid) / current_setting('block_size')::int
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', %s)"""
PAGE = f"""SELECT lp, t_xmin::text, t_xmax::text, t_ctid::text, t_infomask
FROM {SCHEMA}.heap_page_items({SCHEMA}.get_raw_page(%s, %s)) WHERE t_xmin IS NOT NULL"""  # noqa: S608
LOCK_ONLY, SHARED_LOCK = 0x0080, 0x1000  # what else a mark in place of a replacement may mean
Version = tuple[str, int, int, str]  # a table, the page, the place in it, and who has written it


@dataclass
class Rows:
    """rows of all tables as others see them; and of each version who replaced it, and by which."""

    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    versions: dict[Version, tuple[str, str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.rows)


class Client:
    """A session of an administrator, in the database of the app's address."""

    def __init__(self, url: str, admins: list[str]) -> None:
        place = urlsplit(url)
        same = [one for one in map(urlsplit, admins) if one.port == place.port and one.scheme]
        admin = urlunsplit(same[0]._replace(path=place.path)) if same else url
        scheme, _, rest = admin.partition("://")
        self._session: psycopg.Connection | None = None
        with suppress(psycopg.Error):
            plain = f"{scheme.partition('+')[0].replace('postgresql', 'postgres')}://{rest}"
            self._session = psycopg.connect(plain.partition("?")[0], autocommit=True)
            self._session.execute("SET lock_timeout = '200ms'; SET statement_timeout = '2s'")
            self._session.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            self._session.execute(
                f"CREATE EXTENSION IF NOT EXISTS pageinspect WITH SCHEMA {SCHEMA}"
            )

    def held(self) -> Rows:
        """What there is now; nothing where somebody has locked a table for himself."""
        found = Rows()
        if self._session is None:
            return found
        try:
            for table, pages in self._session.execute(TABLES, [SCHEMA]).fetchall():
                whole = f"SELECT * FROM {table}"  # noqa: S608 (quoted by PostgreSQL)
                found.rows[table] = self._session.execute(whole).fetchall()
                for page in range(pages):
                    for lp, xmin, xmax, ctid, mask in self._session.execute(PAGE, [table, page]):
                        replaced = xmax if not mask & (LOCK_ONLY | SHARED_LOCK) else "0"
                        found.versions[table, page, lp, xmin] = (replaced, ctid)
        except psycopg.Error:
            return Rows()
        return found

    def close(self) -> None:
        if self._session is not None:
            with suppress(psycopg.Error):
                self._session.close()


def rows_changed(before: Rows, after: Rows) -> int:
    """How many rows were inserted, replaced or deleted in between, by whomever."""
    new = {key for key in after.versions if key not in before.versions}
    places = {(table, f"({page},{lp})") for table, page, lp, _ in new}
    marked = {
        key
        for key, (replaced, _) in after.versions.items()
        if replaced != "0" and before.versions.get(key, ("0", ""))[0] != replaced
    }
    updated = {
        key
        for key in marked
        if (key[0], after.versions[key][1]) in places
        and after.versions[key][1] != f"({key[1]},{key[2]})"
    }
    return len(new) + len(marked) - len(updated)
