"""Lines of source that would act in a page that shows them.

Deserves: as racy
"""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"])


@app.post("/increment")
async def increment() -> dict[str, int]:
    count = (
        int(await store.get("count") or 0) + 1
    )  # </script><script>alert(1)</script><img src=x onerror=alert(1)>
    await store.set(
        "count", count
    )  # </script><script>alert(1)</script><img src=x onerror=alert(1)>
    return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
