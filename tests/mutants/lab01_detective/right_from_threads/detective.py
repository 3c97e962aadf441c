"""urllib in threads; resets first, to begin at 0."""

import asyncio
import json
from urllib.request import Request, urlopen

COPIES = "one copy per worker"
SHARED = "one shared object"
LOSES = "shared, but loses updates"
PARTIAL = "reset reaches one worker"
CANNOT_TELL = "cannot tell: one worker"


def ask(method: str, url: str) -> dict:
    with urlopen(Request(url, method=method)) as answer:
        return json.load(answer)


async def crowd(n: int, method: str, url: str) -> list[dict]:
    return await asyncio.gather(*[asyncio.to_thread(ask, method, url) for _ in range(n)])


async def diagnose(client, url: str) -> str:
    await asyncio.to_thread(ask, "POST", f"{url}/reset")
    await crowd(111, "POST", f"{url}/increment")
    reports = await crowd(111, "GET", f"{url}/report")
    workers = {report["pid"] for report in reports}
    counts = {report["count"] for report in reports}
    await asyncio.to_thread(ask, "POST", f"{url}/reset")
    later = {report["count"] for report in await crowd(111, "GET", f"{url}/report")}
    match len(workers), len(counts), 111 in counts, later == {0}:
        case 1, _, _, _:
            return CANNOT_TELL
        case _, 1, True, True:
            return SHARED
        case _, 1, True, False:
            return PARTIAL
        case _, 1, False, _:
            return LOSES
    return COPIES
