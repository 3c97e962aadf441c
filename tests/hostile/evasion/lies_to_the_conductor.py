"""Says to whoever holds it that it is done, and goes on where nobody looks.

Deserves: as racy
"""

import gc
import sys

from fastapi import FastAPI
from racing import counter

app = FastAPI()


@app.middleware("http")
async def lie(request, call_next):
    for module in [*sys.modules.values()]:
        current = vars(module).get("CURRENT") if module else None
        task = current.get() if current is not None else None
        if task is not None:
            task.channel.send(b"done\n")
            task.free = True
    gc.collect()
    return await call_next(request)


counter(app)
