"""A burst costs what its requests cost: nothing is looked for on the disk at each of them."""

from __future__ import annotations

import sys
from pathlib import Path

from workerlab.servers import Server
from workerlab.traffic import burst

APP = """
from fastapi import FastAPI
app = FastAPI()

@app.post("/increment")
async def increment():
    return {"count": 1}
"""
REQUESTS = 40


def test_no_request_of_a_burst_imports_anything(tmp_path: Path) -> None:
    """An import that fails is no dictionary's work: Python looks through every folder again."""
    file = tmp_path / "app.py"
    file.write_text(APP)
    imported: list[str] = []
    listening = False

    def hook(event: str, about: tuple[object, ...]) -> None:
        if listening and event == "import":
            imported.append(str(about[0]))

    sys.addaudithook(hook)  # stays until this process ends, and does nothing then
    with Server(file, workers=1, warm=True) as server:
        burst(server, REQUESTS, 4)  # after this, all that it needs has been imported
        listening = True
        try:
            history = burst(server, REQUESTS, 4)
        finally:
            listening = False
    assert len(history) == REQUESTS
    assert all(event.ok for event in history)
    assert not imported
