"""Finds the gate in its own process and makes it let everybody through.

Deserves: as racy
"""

import sys

from fastapi import FastAPI
from racing import counter

for name, module in [*sys.modules.items()]:
    if name.startswith("workerlab.stepping"):
        for thing in vars(module).values():
            if isinstance(thing, type) and hasattr(thing, "at_gate"):
                thing.at_gate = lambda *_: None
                thing.ask_on_loop = None

app = counter(FastAPI())
