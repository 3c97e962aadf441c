"""Stages for the engine's own tests: its apps, on shared memory, SQLite and Redis."""

import os
from pathlib import Path

import pytest

from workerlab.services import Redis
from workerlab.stepping import SteppedServer

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def redis_service():
    service = Redis(own=True)
    with service as url:
        yield service, url


@pytest.fixture
def stepped_app(tmp_path, redis_service):
    """stepped_app(app, store="memory", **options) -> a started SteppedServer, closed after the test."""
    service, url = redis_service
    opened = []

    def start(app: str, store: str = "memory", **options):
        place = url if store == "redis" else str(tmp_path / f"{app}.{store}")
        env = {
            "STORE": store,
            "PLACE": place,
            "LOCKS": str(tmp_path),
            "PYTHONPATH": os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")])),
            **options.pop("env", {}),
        }
        opened.append(
            SteppedServer(HERE / f"apps/{app}.py", env=env, services=[service.pid], **options)
        )
        return opened[-1].__enter__()

    yield start
    for one in opened:
        one.__exit__()
