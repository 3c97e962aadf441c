"""How many requests a service has answered, for a monitor.

Cut from https://github.com/huggingface/dataset-viewer/issues/528 (2022-08-25). Each worker has a
count of its own, and the monitor is told one of them.
"""

from collections import Counter

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

app = FastAPI()
answered: Counter[str] = Counter()


@app.middleware("http")
async def count(request: Request, call_next):
    response = await call_next(request)
    if request.url.path != "/metrics":
        answered[request.url.path] += 1
    return response


@app.get("/rows")
async def rows():
    return {"rows": [1, 2, 3]}


@app.get("/metrics", response_class=PlainTextResponse)
async def metrics():
    return "".join(f'requests_total{{path="{path}"}} {n}\n' for path, n in answered.items())
