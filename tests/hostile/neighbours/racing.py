"""What the evasions are built on: a counter that all workers share, in two steps."""

import os
import time

from redis import Redis

store = Redis.from_url(os.environ["REDIS_URL"])


def read() -> int:
    count = int(store.get("count") or 0)
    time.sleep(0.003)  # long enough for any crowd to come between: luck proves no defence
    return count


def write(count: int) -> None:
    store.set("count", count)


def up():
    count = read() + 1
    write(count)
    return {"count": count}


def report():
    return {"count": read()}


def reset():
    write(0)
    return {"count": 0}


def counter(app):
    """The same app with a counter's endpoints; those that it has already come first."""
    app.post("/increment")(up)
    app.get("/report")(report)
    app.post("/reset")(reset)
    return app
