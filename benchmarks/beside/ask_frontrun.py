"""Put one question to frontrun, in the environment that has it; prints a line of JSON.

    frontrun python ask_frontrun.py QUESTION SECONDS

The working directory has the service as app.py, and QUESTION.py. The service is loaded anew for each
run, so that its locks and its data are made where frontrun sees it. frontrun's search for conflicts
comes first, and its random schedules then have the rest of the time.
"""

import asyncio
import importlib
import inspect
import json
import os
import sys
import time

sys.path.insert(0, os.getcwd())

import app
import frontrun

name, seconds = sys.argv[1], float(sys.argv[2])
question = importlib.import_module(name)


def setup():
    importlib.reload(app)
    question.setup()


def asked(**options):
    found = frontrun.explore(
        setup=setup, workers=question.workers, invariant=question.invariant, **options
    )

    async def wait():
        return await found

    return asyncio.run(wait()) if inspect.isawaitable(found) else found


began = time.monotonic()
found = asked(total_timeout=seconds)
tried, strategy = found.num_explored, "dpor"
left = seconds - (time.monotonic() - began)
if found.property_holds and left > 1:
    strategy = "random"
    found = asked(strategy=strategy, seed=1, total_timeout=left)
    tried += found.num_explored
said = (found.explanation or "").strip()
print(json.dumps({"holds": found.property_holds, "tried": tried, "by": strategy, "said": said}))
