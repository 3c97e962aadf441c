"""Each worker that is asked to increment kills itself, and is started again, for ever.

Deserves: as wrong
"""

import os

from plain import app


@app.middleware("http")
async def die(request, call_next):
    if request.method == "POST":
        os.kill(os.getpid(), 9)
    return await call_next(request)
