"""No HTTP library: HTTP/1.0 over asyncio's streams, five at a time."""

import asyncio
import json
from urllib.parse import urlsplit

COPIES = "one copy per worker"
SHARED = "one shared object"
LOSES = "shared, but loses updates"
PARTIAL = "reset reaches one worker"
CANNOT_TELL = "cannot tell: one worker"


async def ask(url: str, method: str, path: str) -> dict:
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(f"{method} {path} HTTP/1.0\r\nContent-Length: 0\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return json.loads(answer.partition(b"\r\n\r\n")[2])


async def crowd(url: str, method: str, path: str) -> list[dict]:
    answers = []
    for _ in range(25):
        answers += await asyncio.gather(*[ask(url, method, path) for _ in range(5)])
    return answers


async def diagnose(client, url: str) -> str:
    await crowd(url, "POST", "/increment")
    first = await crowd(url, "GET", "/report")
    if len({answer["pid"] for answer in first}) == 1:
        return CANNOT_TELL
    counts = {answer["count"] for answer in first}
    if len(counts) != 1:
        return COPIES
    if counts.pop() != 125:
        return LOSES
    await ask(url, "POST", "/reset")
    second = await crowd(url, "GET", "/report")
    return PARTIAL if max(answer["count"] for answer in second) else SHARED
