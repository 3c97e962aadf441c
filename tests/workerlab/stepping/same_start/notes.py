"""Files and folders, a stream, a background task, an ASGI middleware and a call to a stub."""

import shutil
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from fastapi import BackgroundTasks, FastAPI
from fastapi.responses import StreamingResponse

DATA = Path(__file__).parent / "data"
stub = FastAPI()


@stub.get("/rate")
def rate():
    return {"rate": 2}


@asynccontextmanager
async def lifespan(app: FastAPI):
    DATA.mkdir(exist_ok=True)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(stub), base_url="http://stub"
    ) as client:
        app.state.client = client
        yield


class Stamp:
    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, scope, receive, send):
        async def stamped(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-stamp", b"1")]
            await send(message)

        await self.inner(scope, receive, stamped)


app = FastAPI(lifespan=lifespan)
app.add_middleware(Stamp)


@app.post("/notes/{name}")
def add(name: str):
    (DATA / name).mkdir(exist_ok=True)
    log = DATA / name / "log.txt"
    lines = log.read_text() if log.exists() else ""
    log.write_text(lines + "x")
    return {}


@app.delete("/notes/{name}")
def remove(name: str):
    shutil.rmtree(DATA / name, ignore_errors=True)
    return {}


@app.post("/later", status_code=202)
def later(tasks: BackgroundTasks):
    tasks.add_task(add, "later")
    return {}


@app.post("/pay")
async def pay():
    found = (await app.state.client.get("/rate")).json()["rate"]
    total = DATA / "total"
    total.write_text(str(found + (int(total.read_text()) if total.exists() else 0)))
    return {}


@app.get("/notes")
def notes():
    files = sorted(path for path in DATA.rglob("*") if path.is_file())
    return StreamingResponse(f"{path.name}={path.read_text()}\n" for path in files)
