"""One report after the crowd: if it says less than it should, there must be copies."""

import asyncio

import httpx

COPIES = "one copy per worker"
SHARED = "one shared object"
LOSES = "shared, but loses updates"
PARTIAL = "reset reaches one worker"
CANNOT_TELL = "cannot tell: one worker"


async def ask(client: httpx.AsyncClient, method: str, url: str) -> tuple[int, int]:
    """The pid and the count of one answer, over a new connection."""
    answer = await client.request(method, url, headers={"Connection": "close"})
    return answer.json()["pid"], answer.json()["count"]


async def many(client: httpx.AsyncClient, method: str, url: str, n: int) -> list[tuple[int, int]]:
    return await asyncio.gather(*[ask(client, method, url) for _ in range(n)])


async def diagnose(client: httpx.AsyncClient, url: str) -> str:
    await many(client, "POST", f"{url}/increment", 101)
    reports = dict(await many(client, "GET", f"{url}/report", 100))
    if len(reports) == 1:
        return CANNOT_TELL
    _, count = await ask(client, "GET", f"{url}/report")
    if count < 101:
        return COPIES
    await ask(client, "POST", f"{url}/reset")
    after = dict(await many(client, "GET", f"{url}/report", 100))
    return PARTIAL if any(after.values()) else SHARED
