"""Finds out from outside how the workers of a server share their counter, if at all.

Three questions, each on a new connection for every request, because a connection that is kept
always leads to the same worker: How many workers are there, and do they agree? Is a crowd
counted in full? Does everybody obey one reset?
"""

import asyncio
import sys

import httpx

COPIES = "one copy per worker"
SHARED = "one shared object"
LOSES = "shared, but loses updates"
PARTIAL = "reset reaches one worker"
CANNOT_TELL = "cannot tell: one worker"

CROWD = 101  # increments at once; odd, so that two workers cannot have counted half each
AT_ONCE = 20  # requests under way at the same time
LOOKS = 100  # reports: one worker may get very few of them


async def diagnose(client: httpx.AsyncClient, url: str) -> str:
    """Return one of the five answers above, after 303 requests to `url`."""
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(method: str, path: str) -> tuple[int, int]:
        async with places:
            answer = await client.request(method, url + path, headers={"Connection": "close"})
        return answer.json()["pid"], answer.json()["count"]

    async def reports() -> dict[int, int]:
        """What each worker reports, by its pid."""
        return dict(await asyncio.gather(*[ask("GET", "/report") for _ in range(LOOKS)]))

    _, before = await ask("GET", "/report")
    await asyncio.gather(*[ask("POST", "/increment") for _ in range(CROWD)])
    after = await reports()
    if len(after) == 1:
        return CANNOT_TELL
    if len(set(after.values())) > 1:
        return COPIES
    if set(after.values()) != {before + CROWD}:
        return LOSES
    await ask("POST", "/reset")
    return PARTIAL if any((await reports()).values()) else SHARED


async def main(url: str) -> None:
    async with httpx.AsyncClient() as client:
        print(await diagnose(client, url))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
