"""Starts the process that holds the count as a program of its own, which nobody ends."""

import subprocess
import sys
import time
from multiprocessing.managers import BaseManager
from pathlib import Path
from tempfile import mkdtemp

from fastapi import FastAPI

PROGRAM = """
import sys
from multiprocessing.managers import BaseManager
from threading import Lock

class Counter:
    def __init__(self):
        self.count, self.lock = 0, Lock()
    def add(self):
        with self.lock:
            self.count += 1
            return self.count
    def get(self):
        return self.count
    def reset(self):
        with self.lock:
            self.count = 0

counter = Counter()
BaseManager.register("counter", callable=lambda: counter)
BaseManager(sys.argv[1], b"key").get_server().serve_forever()
"""
address = mkdtemp() + "/s"
subprocess.Popen([sys.executable, "-c", PROGRAM, address], start_new_session=True)
while not Path(address).exists():
    time.sleep(0.01)
BaseManager.register("counter")
manager = BaseManager(address, b"key")
app = FastAPI()


def counter():
    manager.connect()
    return manager.counter()


@app.post("/increment")
def increment() -> dict[str, int]:
    return {"count": counter().add()}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": counter().get()}


@app.post("/reset")
def reset() -> dict[str, int]:
    counter().reset()
    return {"count": 0}
