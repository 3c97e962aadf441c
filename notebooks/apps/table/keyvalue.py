"""keyvalue-sqlite: atomic_add, and a get, because atomic_add answers nothing."""

import os

from contract import serve
from keyvalue_sqlite import KeyValueSqlite

store = KeyValueSqlite(os.environ["STATE_FILE"], "counts")


def increment() -> int:
    store.atomic_add("count", 1)
    return int(store.get("count"))


def report() -> int:
    return int(store.get("count") or 0)


def reset() -> int:
    store.set("count", 0)
    return 0


app = serve(increment, report, reset)
