"""Prints what a server, a lifeline and pytest say when all is well, again and again.

Deserves: nothing
"""

import os
import sys

for line in (
    "ready",
    "started 1",
    "ended 0",
    "INFO:     Application startup complete.",
    "INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)",
    "10 passed in 0.01s",
    '{"kind": "finished", "result": {"id": "starts", "status": "passed", "points": 1.0}}',
):
    for stream in (sys.stdout, sys.stderr):
        print(line, file=stream, flush=True)
os._exit(0)
