"""The last events of a shop, for clients that ask again and again.

Cut from https://github.com/sysid/sse-starlette/issues/75 (2023-09-13): with more than one worker
the later events do not arrive. They stand in a deque of the worker that has published them.
"""

from collections import deque

from fastapi import Body, FastAPI

app = FastAPI()
events: deque[str] = deque(maxlen=100)


@app.post("/events", status_code=201)
async def publish(text: str = Body(embed=True)):
    events.append(text)
    return {"published": text}


@app.get("/events")
async def latest(after: int = 0):
    return {"events": list(events)[after:]}
