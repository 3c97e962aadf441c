"""Eight bytes of shared memory with a name: every worker opens them, and the first makes them."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.shared_memory import SharedMemory


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """For workers that start: two at once would both try to make the same segment."""
    with open(os.environ["STATE_LOCK"], "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def opened() -> SharedMemory:
    name = os.environ["STATE_NAME"]
    with one_at_a_time():
        try:
            return SharedMemory(name, create=True, size=8)
        except FileExistsError:
            return SharedMemory(name)
