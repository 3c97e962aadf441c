"""Never answers an increment.

Deserves: as wrong
"""

import asyncio

from plain import app


@app.middleware("http")
async def sleep(request, call_next):
    if request.method == "POST":
        await asyncio.sleep(3600)
    return await call_next(request)
