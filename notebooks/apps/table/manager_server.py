"""The state server of manager.py: `python manager_server.py`, until it is terminated."""

import os
import threading
from multiprocessing.managers import SyncManager


class Counter:
    """A count with a lock of its own, on the server's side."""

    def __init__(self) -> None:
        self.count, self.lock = 0, threading.Lock()

    def get(self) -> int:
        return self.count

    def reset(self) -> int:
        with self.lock:
            self.count = 0
        return 0

    def increment(self) -> int:
        with self.lock:
            self.count += 1
            return self.count


class Manager(SyncManager):
    pass


counter = Counter()
Manager.register("counter", lambda: counter, exposed=("get", "reset", "increment"))

if __name__ == "__main__":
    address = ("127.0.0.1", int(os.environ["STATE_PORT"]))
    Manager(address, authkey=os.environ["STATE_KEY"].encode()).get_server().serve_forever()
