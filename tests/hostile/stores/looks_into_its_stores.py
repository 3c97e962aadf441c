"""Reads memory, files, environment and descriptors of its stores, and their folders.

Lab: lab61_stores
Deserves: as wrong
"""

import os
from pathlib import Path

from turning import app, be_right  # noqa: F401

STORES = ("postgres", "valkey-server", "redis-server", "memcached", "bwrap")
for folder in Path("/proc").glob("[0-9]*"):
    try:
        if (folder / "comm").read_text().strip() not in STORES:
            continue
    except OSError:
        continue
    if os.readlink("/proc/self") == folder.name:
        continue
    for look in (
        lambda: os.listdir(folder / "root"),
        lambda: os.listdir(folder / "cwd"),
        lambda: [os.readlink(one) for one in (folder / "fd").iterdir()],
        lambda: (folder / "environ").read_bytes(),
        lambda: (folder / "maps").read_bytes(),
        lambda: open(folder / "mem", "r+b", 0),
    ):
        try:
            if look():
                be_right()
        except OSError:
            pass
for pattern in ("workerlab-*/data", "workerlab-*/password", "workerlab-*/redis.sock"):
    if [*Path("/var/tmp").glob(pattern)] + [*Path("/tmp").glob(pattern)]:
        be_right()
