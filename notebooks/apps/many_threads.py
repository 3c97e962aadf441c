"""One process, four threads, and each adds one half a million times. What is left at the end?

It needs nothing but Python, so it runs on any: `python3.14t many_threads.py`. Prints JSON.
"""

import json
import sys
import threading

THREADS, TIMES = 4, 500_000
lock = threading.Lock()
count = 0
items: list[int] = []


def one() -> int:
    return 1


def in_a_line() -> None:
    global count
    for _ in range(TIMES):
        count += 1


def with_a_call() -> None:
    global count
    for _ in range(TIMES):
        count += one()


def with_a_lock() -> None:
    global count
    for _ in range(TIMES):
        with lock:
            count += one()


def append() -> None:
    for _ in range(TIMES):
        items.append(1)  # noqa: PERF401 (one by one, on purpose)


def left_by(work) -> int:
    """Run `work` in all threads at once; what the count, or the list, is then."""
    global count
    count = 0
    items.clear()
    gate = threading.Barrier(THREADS)

    def begin() -> None:
        gate.wait()
        work()

    threads = [threading.Thread(target=begin) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count or len(items)


if __name__ == "__main__":
    sys.setswitchinterval(1e-5)  # seconds; switch often, so that nobody has to wait for bad luck
    ways = (in_a_line, with_a_call, with_a_lock, append)
    said = {
        "python": sys.version.split()[0],
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "added": THREADS * TIMES,
        "left": {work.__name__: left_by(work) for work in ways},
    }
    print(json.dumps(said))
