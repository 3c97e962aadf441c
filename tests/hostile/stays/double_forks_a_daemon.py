"""A daemon: forked twice, a session and an environment of its own, a port and a file held.

Deserves: as wrong
"""

import os
import sys

from plain import app  # noqa: F401

DAEMON = """
import socket, time
place = socket.socket()
place.bind(("127.0.0.1", 0))
place.listen()
try:
    open("/tmp/hostile-double_forks_a_daemon", "w").write("here")
except OSError:
    pass
time.sleep(120)
"""

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 256)
        os.open("/dev/null", os.O_RDWR)
        os.dup(0), os.dup(0)
        os.execve(sys.executable, ["daemon", "-I", "-c", DAEMON], {})
    os._exit(0)
else:
    os.wait()
