"""What is put down to a step of a request, and what is not."""

import os
import subprocess
import sys

import pytest

OLDER_THREAD = """
import os, threading

looks = threading.Barrier(2)

def in_uvicorns_thread():
    looks.wait()
    with watch.uncounted():  # as the tracer does when it asks whose code runs
        os.path.realpath("/usr/bin/env")
    looks.wait()

older = threading.Thread(target=in_uvicorns_thread)
older.start()
from workerlab.stepping.worker.footprint import Watch
watch = Watch(lambda: False)
watch.install()
watch.begin()
watch.take()
looks.wait()
looks.wait()
watch.go()
accesses, caveats = watch.take()
assert not caveats, caveats
assert not accesses, accesses
os.path.exists("/usr/bin/env")
assert [access.thing for access in watch.take()[0]], "what a step asks for is seen"
older.join()
"""


def test_what_the_tracer_reads_in_a_thread_of_uvicorns_is_nobodys_step():
    """A worker's ping thread runs new code every half second, and the tracer asks whose that is."""
    subprocess.run([sys.executable, "-c", OLDER_THREAD], check=True, timeout=60)


# Linux counts for a whole process, so these run in one that has no thread but theirs: pytest's own
# reads from its pipe whenever it likes.
LOOKS_AT_ONCE = """
import sys
from threading import Event, Thread
from workerlab.stepping.worker.outside import Counts

sys.setswitchinterval(1e-6)  # threads take turns as often as they can
counts, done = Counts(()), Event()

def look_beside():
    while not done.is_set():
        with counts.uncounted(), open("/proc/self/comm", "rb", buffering=0) as file:
            file.read()
        counts.look()

beside = [Thread(target=look_beside) for _ in range(2)]
before = counts.look()
for thread in beside:
    thread.start()
seen = {counts.look() for _ in range(3000)}
done.set()
for thread in beside:
    thread.join()
assert seen == {before} == {counts.look()}, (before, seen)
"""

READS_MEANWHILE = """
from threading import Thread
from workerlab.stepping.worker.outside import Counts

counts = Counts(())

def reads_once():
    with open("/proc/self/comm", "rb", buffering=0) as file:
        file.read(1)

before = counts.look()
with counts.uncounted():
    reads_once()
    app = Thread(target=reads_once)
    app.start()
    app.join()
after = counts.look()
assert after[0] == before[0] + 1, ("the app's own read, and not ours", before, after)
"""

linux_tells = pytest.mark.skipif(
    not os.path.exists("/proc/self/io"), reason="this system does not tell"
)


@linux_tells
def test_threads_that_look_at_once_count_nothing_of_ours():
    """A look between another thread's look and its reading once seemed work of the app's."""
    subprocess.run([sys.executable, "-c", LOOKS_AT_ONCE], check=True, timeout=60)


@linux_tells
def test_what_another_thread_reads_meanwhile_is_counted():
    subprocess.run([sys.executable, "-c", READS_MEANWHILE], check=True, timeout=60)
