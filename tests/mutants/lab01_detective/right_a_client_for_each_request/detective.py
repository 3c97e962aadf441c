"""A new client for each request; only the crowd comes at once, the rest one by one."""

import asyncio

import httpx

COPIES = "one copy per worker"
SHARED = "one shared object"
LOSES = "shared, but loses updates"
PARTIAL = "reset reaches one worker"
CANNOT_TELL = "cannot tell: one worker"


async def ask(method: str, url: str) -> dict:
    async with httpx.AsyncClient(timeout=60) as fresh:  # each takes a while to be made
        return (await fresh.request(method, url)).json()


async def look(url: str) -> dict[int, int]:
    seen = {}
    for _ in range(90):
        answer = await ask("GET", f"{url}/report")
        seen[answer["pid"]] = answer["count"]
    return seen


async def diagnose(client: httpx.AsyncClient, url: str) -> str:
    await asyncio.gather(*[ask("POST", f"{url}/increment") for _ in range(75)])
    seen = await look(url)
    if len(seen) < 2:
        return CANNOT_TELL
    if len(set(seen.values())) > 1:
        return COPIES
    if 75 not in seen.values():
        return LOSES
    await ask("POST", f"{url}/reset")
    return SHARED if set((await look(url)).values()) == {0} else PARTIAL
