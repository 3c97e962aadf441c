"""Finds out from outside how the workers of a server share their counter, if at all.

Try it on a server that you have started:  python detective.py http://127.0.0.1:8000
"""

import asyncio
import sys

import httpx

COPIES = "one copy per worker"
SHARED = "one shared object"
LOSES = "shared, but loses updates"
PARTIAL = "reset reaches one worker"
CANNOT_TELL = "cannot tell: one worker"


async def diagnose(client: httpx.AsyncClient, url: str) -> str:
    """Return one of the five answers above, after at most 500 requests to `url`."""
    await client.post(f"{url}/reset")
    for _ in range(10):
        await client.post(f"{url}/increment")
    answer = await client.get(f"{url}/report")
    return SHARED if answer.json()["count"] == 10 else COPIES


async def main(url: str) -> None:
    async with httpx.AsyncClient() as client:
        print(await diagnose(client, url))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
