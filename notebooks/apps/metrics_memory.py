"""A counter for the monitoring, as prometheus_client has it: in the memory of each worker."""

from fastapi import FastAPI, Response
from prometheus_client import Counter, generate_latest

WORK = Counter("work", "Requests that were answered")
app = FastAPI()


@app.get("/work")
async def work() -> dict[str, str]:
    WORK.inc()
    return {"done": "yes"}


@app.get("/metrics")
async def metrics() -> Response:
    return Response(generate_latest(), media_type="text/plain")
