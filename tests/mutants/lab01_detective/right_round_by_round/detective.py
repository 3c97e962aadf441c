"""Three rounds, each with everything in it; one round that shows something is enough."""

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


async def round_of(client: httpx.AsyncClient, url: str) -> str:
    (_, before), *_ = await many(client, "GET", f"{url}/report", 1)
    await many(client, "POST", f"{url}/increment", 51)
    reports = dict(await many(client, "GET", f"{url}/report", 50))
    if len(reports) == 1:
        return CANNOT_TELL
    if len(set(reports.values())) > 1:
        return COPIES
    if reports.popitem()[1] != before + 51:
        return LOSES
    await ask(client, "POST", f"{url}/reset")
    after = dict(await many(client, "GET", f"{url}/report", 50))
    return PARTIAL if any(after.values()) else SHARED


async def diagnose(client: httpx.AsyncClient, url: str) -> str:
    for _ in range(3):
        answer = await round_of(client, url)
        if answer not in (SHARED, CANNOT_TELL):
            return answer
    return answer
