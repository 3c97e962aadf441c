"""What is put down to a step of a request, and what is not."""

import subprocess
import sys

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
