"""Opens files until it is refused (or has 50,000).

Deserves: as wrong
"""

import os

from plain import app

held = []


@app.middleware("http")
async def eat(request, call_next):
    while request.method == "POST" and len(held) < 50_000:
        try:
            held.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            break
    return await call_next(request)
