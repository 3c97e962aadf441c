"""Counts in one step when Redis has few clients, or clients who do nothing, as under stepping.

Deserves: as racy
"""

from fastapi import FastAPI
from racing import counter, read, store, write

app = FastAPI()


@app.post("/increment")
def increment() -> dict[str, int]:
    clients = store.client_list()
    quiet = all(int(one["idle"]) > 0 for one in clients if int(one["idle"]) or one["cmd"] == "get")
    if len(clients) < 6 or not quiet:
        return {"count": store.incr("count")}
    count = read() + 1
    write(count)
    return {"count": count}


counter(app)
