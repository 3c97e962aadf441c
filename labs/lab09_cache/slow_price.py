"""The price of an item, from a system that is slow and far away. Not yours to edit.

Prices change all the time, so two calls never give the same price. Each call takes about 200 ms
(sometimes more: it is another system) and is recorded with the process that made it: in the
grader, or, when you run the app yourself, as a line that it prints.
"""

import asyncio
import json
import os
import random

SECONDS = 0.2


async def slow_price(item: str) -> float:
    """Return the item's price at this moment."""
    service = os.environ.get("PRICE_SERVICE")
    if service:
        return await _ask(service, item)
    print(f"slow_price({item!r}) in process {os.getpid()}")
    await asyncio.sleep(SECONDS)
    return random.randint(100, 99_999) / 100


async def _ask(service: str, item: str) -> float:
    host, _, port = service.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(json.dumps({"item": item, "pid": os.getpid()}).encode() + b"\n")
        return float(await reader.readline())
    finally:
        writer.close()
