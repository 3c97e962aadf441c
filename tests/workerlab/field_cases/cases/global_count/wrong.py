"""A count of visits.

Cut from https://github.com/fastapi/fastapi/issues/592 (2019-10-04): the count is a global, of which
each worker has its own.
"""

from fastapi import FastAPI

app = FastAPI()
visits = 0


@app.get("/")
async def home():
    global visits
    visits += 1
    return {"visits": visits}


@app.get("/health")
async def health():
    return {"ok": True}
