"""How the answer starts its manager: in a child, for as long as nobody presses Enter."""

from multiprocessing import get_context
from multiprocessing.managers import SyncManager

if __name__ == "__main__":
    manager = SyncManager(("127.0.0.1", 0), ctx=get_context("fork"))
    manager.start()
    print(manager._process.pid, flush=True)
    input()
    manager.shutdown()
