"""At most LIMIT requests of a customer in WINDOW_S seconds, in the memory of each worker."""

import os
import time

from fastapi import FastAPI, HTTPException

LIMIT, WINDOW_S = int(os.environ["LIMIT"]), int(os.environ["WINDOW_S"])
passed: dict[str, list[float]] = {}
app = FastAPI()


@app.get("/work/{customer}")
async def work(customer: str) -> dict[str, str]:
    now = time.time()
    recent = [moment for moment in passed.get(customer, []) if now - moment < WINDOW_S]
    if len(recent) >= LIMIT:
        raise HTTPException(429)
    passed[customer] = [*recent, now]
    return {"done": "yes"}
