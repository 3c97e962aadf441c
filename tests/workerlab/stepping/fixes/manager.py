"""A SyncManager server: get and update through its proxy, or a method on the server's side."""

import os
from multiprocessing.managers import SyncManager

from serving import serve


class Manager(SyncManager):
    pass


Manager.register("counter")
manager = Manager(os.environ["STATE_SERVER"], authkey=b"key")
manager.connect()
counter = manager.counter()


def report():
    return counter.get()


def reset():
    counter.set(0)
    return 0


def racy():
    count = counter.get()
    counter.set(count + 1)
    return count + 1


def method():
    return counter.increment()


app = serve(globals()[os.environ["FIX"]], report, reset)
