"""The process that owns the count: a manager that provides one dict. Fix it, and app.py."""

import os
from multiprocessing.managers import BaseManager, DictProxy

store = {"count": 0}


class Manager(BaseManager):
    """Serves the dict under the name `store`."""


Manager.register("store", callable=lambda: store, proxytype=DictProxy)


def address():
    where = os.environ["STATE_SERVER"]
    if where.startswith("/"):
        return where
    host, _, port = where.rpartition(":")
    return host, int(port)


if __name__ == "__main__":
    manager = Manager(address(), authkey=os.environ["STATE_KEY"].encode())
    manager.get_server().serve_forever()
