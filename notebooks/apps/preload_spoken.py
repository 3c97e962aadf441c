"""A proxy that has spoken before the fork: parent and child are then on one connection."""

import os
from multiprocessing import get_context

store = get_context("fork").Manager().dict()
# The first call opens a connection.
store["mine"], store["yours"] = "the parent's reply", "the child's reply"

reader, writer = os.pipe()
child = os.fork()  # as gunicorn does it
if child == 0:
    # A call sends its question; the reply is not read yet …
    store._tls.connection.send((store._token.id, "get", ("yours",), {}))
    os.write(writer, b"asked")
    os._exit(0)
os.read(reader, 5)
os.waitpid(child, 0)
print(store["mine"])  # … and now the parent asks
