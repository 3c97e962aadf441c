"""The process that holds the object: a dict, as in the answer, and a counter that can add."""

import os
from multiprocessing.managers import DictProxy, SyncManager
from threading import Lock


class Counter:
    """Each caller is served by a thread of its own, so adding needs a lock. Here it works."""

    def __init__(self) -> None:
        self.count, self.lock = 0, Lock()

    def add(self, n: int = 1) -> int:
        with self.lock:
            self.count += n
            return self.count


class Manager(SyncManager):
    """Hands out one dict and one counter, the same to everybody."""


syncdict, counter = {"count": 0}, Counter()
Manager.register("syncdict", lambda: syncdict, DictProxy)
Manager.register("counter", lambda: counter)

if __name__ == "__main__":
    where, key = os.environ["STATE_SERVER"], os.environ["STATE_KEY"].encode()
    Manager(where, authkey=key).get_server().serve_forever()
