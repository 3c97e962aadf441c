"""Stops itself (SIGSTOP) at an increment: it neither ends nor answers.

Deserves: as wrong
"""

import os
import signal

from plain import app


@app.middleware("http")
async def stop(request, call_next):
    if request.method == "POST":
        os.kill(os.getpid(), signal.SIGSTOP)
    return await call_next(request)
