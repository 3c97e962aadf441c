"""Takes memory, 50 MB a time and written to, until there is none (or it has 3 GB).

Deserves: as wrong
"""

from plain import app

held = []


@app.middleware("http")
async def eat(request, call_next):
    while request.method == "POST" and len(held) < 60:
        held.append(b"x" * 50_000_000)
    return await call_next(request)
