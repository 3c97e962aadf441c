"""Apps to serve, and one server for the tests that only look."""

from pathlib import Path

import pytest

from workerlab.servers import Server

COUNTER = """
from fastapi import FastAPI, Request

app = FastAPI()
count = 0
print("imported as", __name__)


@app.post("/increment")
async def increment():
    global count
    count += 1
    return {"count": count}


@app.get("/report")
async def report():
    return {"count": count}


@app.get("/client")
async def client(request: Request):
    return {"host": request.client.host, "path": request.url.path}
"""


@pytest.fixture(scope="session")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An app file whose count is a module global: one for each worker."""
    path = tmp_path_factory.mktemp("counter") / "app.py"
    path.write_text(COUNTER)
    return path


@pytest.fixture
def write_app(tmp_path: Path):
    """Write an app file and return its path."""

    def write(source: str, name: str = "app.py") -> Path:
        path = tmp_path / name
        path.write_text(source)
        return path

    return write


@pytest.fixture(scope="module")
def server(counter: Path):
    """A running server of three workers, for tests that leave it as it was."""
    with Server(counter, workers=3) as server:
        yield server
