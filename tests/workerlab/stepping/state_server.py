"""A manager server for the tests: `python state_server.py SOCKET`, until standard input ends."""

import sys
import threading
from multiprocessing.managers import SyncManager


class Counter:
    """A count with a lock of its own, on the server's side."""

    def __init__(self) -> None:
        self.count, self.lock = 0, threading.Lock()

    def get(self) -> int:
        return self.count

    def set(self, count: int) -> None:
        self.count = count

    def increment(self) -> int:
        with self.lock:
            self.count += 1
            return self.count


class Manager(SyncManager):
    pass


counter = Counter()
Manager.register("counter", lambda: counter, exposed=("get", "set", "increment"))

if __name__ == "__main__":
    server = Manager(sys.argv[1], authkey=b"key").get_server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()
