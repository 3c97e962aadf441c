"""keyvalue-sqlite: get and set."""

import os

from keyvalue_sqlite import KeyValueSqlite
from serving import serve

store = KeyValueSqlite(os.environ["STATE_FILE"], "counts")


def report():
    return int(store.get("count") or 0)


def reset():
    store.set("count", 0)
    return 0


def racy():
    count = int(store.get("count") or 0)
    store.set("count", count + 1)
    return count + 1


app = serve(globals()[os.environ["FIX"]], report, reset)
