"""A limit on each customer's requests, and numbers for the monitoring. Each worker has its own: fix it."""

import os
import time

from fastapi import FastAPI, Header, HTTPException, Response

LIMIT, WINDOW_S = int(os.environ["LIMIT"]), int(os.environ["WINDOW_S"])

app = FastAPI()
window = 0
used: dict[str, int] = {}
answered = {200: 0, 429: 0}


@app.get("/work")
async def work(x_key: str = Header()) -> dict[str, str]:
    global window
    now = int(time.time() / WINDOW_S)
    if now != window:
        window = now
        used.clear()
    used[x_key] = used.get(x_key, 0) + 1
    if used[x_key] > LIMIT:
        answered[429] += 1
        raise HTTPException(429, headers={"retry-after": str(WINDOW_S)})
    answered[200] += 1
    return {"done": "yes"}


@app.get("/metrics")
async def metrics() -> Response:
    lines = [f'work_total{{code="{code}"}} {number}\n' for code, number in answered.items()]
    return Response("".join(lines), media_type="text/plain")
