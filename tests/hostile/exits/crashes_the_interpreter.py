"""A segmentation fault at the first increment.

Deserves: as wrong
"""

import ctypes

from plain import app


@app.middleware("http")
async def crash(request, call_next):
    if request.method == "POST":
        ctypes.string_at(0)
    return await call_next(request)
