"""Ends its process with status 0 at the first request.

Deserves: nothing
"""

import os

from plain import app


@app.middleware("http")
async def leave(request, call_next):
    os._exit(0)
