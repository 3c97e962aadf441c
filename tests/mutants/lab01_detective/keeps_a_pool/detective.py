"""Asks ninety-nine at once, but the client keeps twenty connections, and they lead where they lead."""

import asyncio

import httpx

COPIES = "one copy per worker"
SHARED = "one shared object"
LOSES = "shared, but loses updates"
PARTIAL = "reset reaches one worker"
CANNOT_TELL = "cannot tell: one worker"


async def diagnose(client: httpx.AsyncClient, url: str) -> str:
    async def hundred(method: str, path: str) -> list[dict]:
        answers = await asyncio.gather(*[client.request(method, url + path) for _ in range(99)])
        return [answer.json() for answer in answers]

    await hundred("POST", "/increment")
    reports = await hundred("GET", "/report")
    counts = {report["count"] for report in reports}
    if len({report["pid"] for report in reports}) == 1:
        return CANNOT_TELL
    if len(counts) > 1:
        return COPIES
    if counts != {99}:
        return LOSES
    await client.post(url + "/reset")
    reports = await hundred("GET", "/report")
    return PARTIAL if any(report["count"] for report in reports) else SHARED
