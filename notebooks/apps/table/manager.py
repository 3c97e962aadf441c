"""A SyncManager in a process of its own; the increment is a method on its side."""

import os
from multiprocessing.managers import SyncManager

from contract import serve


class Manager(SyncManager):
    pass


Manager.register("counter")
address = ("127.0.0.1", int(os.environ["STATE_PORT"]))
manager = Manager(address, authkey=os.environ["STATE_KEY"].encode())
manager.connect()
counter = manager.counter()


def increment() -> int:
    return counter.increment()


def report() -> int:
    return counter.get()


def reset() -> int:
    return counter.reset()


app = serve(increment, report, reset)
