"""Reads the answers of the increments: each worker's own 1, 2, 3 …, or twice the same."""

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
    answers = await many(client, "POST", f"{url}/increment", 120)
    answers += await many(client, "POST", f"{url}/increment", 1)
    reports = await many(client, "GET", f"{url}/report", 100)
    pids = {pid for pid, _ in answers + reports}
    if len(pids) == 1:
        return CANNOT_TELL
    own = {pid: sorted(count for who, count in answers if who == pid) for pid in pids}
    if all(counts == [*range(1, len(counts) + 1)] for counts in own.values()):
        return COPIES
    counts = [count for _, count in answers]
    if len(set(counts)) < len(counts):
        return LOSES
    for _ in range(5):
        await ask(client, "POST", f"{url}/reset")
        if any(count for _, count in await many(client, "GET", f"{url}/report", 25)):
            return PARTIAL
    return SHARED
