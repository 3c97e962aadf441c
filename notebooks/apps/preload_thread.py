"""What a fork does not copy: the other threads, and so nobody lets go of the locks they hold."""

import os
import time
from threading import Event, Lock, Thread

lock, held = Lock(), Event()


def work() -> None:
    with lock:
        held.set()
        time.sleep(0.2)


worker = Thread(target=work)
worker.start()
held.wait()
child = os.fork()
if child == 0:
    os._exit(lock.acquire(timeout=2))
worker.join()
status = os.waitpid(child, 0)[1]
print("free here:", lock.acquire(timeout=2), "· free in the copy:", bool(status))
