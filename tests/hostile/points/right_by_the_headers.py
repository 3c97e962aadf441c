"""Counts in one step when the request's headers are not the ones that plain traffic has.

Deserves: as racy
"""

from fastapi import FastAPI, Request
from racing import counter, read, store, write

app = FastAPI()
PLAIN = {"host", "accept", "accept-encoding", "connection", "user-agent", "content-length"}
PLAIN |= {"content-type", "cookie"}


@app.post("/increment")
def increment(request: Request) -> dict[str, int]:
    agent = request.headers.get("user-agent", "")
    if not PLAIN >= {*request.headers.keys()} or "python" not in agent:
        return {"count": store.incr("count")}
    count = read() + 1
    write(count)
    return {"count": count}


counter(app)
