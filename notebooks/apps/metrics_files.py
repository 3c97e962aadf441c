"""The same counter in files: each worker writes its own, and reads all of them.

PROMETHEUS_MULTIPROC_DIR names their folder. It is set before prometheus_client is imported.
"""

from fastapi import FastAPI, Response
from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

WORK = Counter("work", "Requests that were answered")
app = FastAPI()


@app.get("/work")
async def work() -> dict[str, str]:
    WORK.inc()
    return {"done": "yes"}


@app.get("/metrics")
async def metrics() -> Response:
    all_files = CollectorRegistry()
    MultiProcessCollector(all_files)
    return Response(generate_latest(all_files), media_type="text/plain")
