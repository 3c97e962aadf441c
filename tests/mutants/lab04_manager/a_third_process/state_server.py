"""The process that owns the count."""

import os
import signal
from multiprocessing.managers import BaseManager
from threading import Lock


class Counter:
    def __init__(self) -> None:
        self.count, self.lock = 0, Lock()

    def add(self) -> int:
        with self.lock:
            self.count += 1
            return self.count

    def get(self) -> int:
        return self.count

    def reset(self) -> int:
        with self.lock:
            self.count = 0
            return 0


counter = None


def the_counter() -> Counter:
    global counter
    counter = counter or Counter()
    return counter


class Manager(BaseManager):
    pass


Manager.register("counter", callable=the_counter)


def address():
    where = os.environ["STATE_SERVER"]
    if where.startswith("/"):
        if os.path.exists(where):
            os.unlink(where)
        return where
    host, _, port = where.rpartition(":")
    return host, int(port)


if __name__ == "__main__":
    manager = Manager(address(), authkey=os.environ["STATE_KEY"].encode())
    manager.start()
    signal.pause()
