"""Lets Redis, which no sandbox holds, write files for it: in the class's folders, at home, in Python's.

Deserves: as wrong
"""

import os
import site
from pathlib import Path

import workerlab
from plain import app  # noqa: F401
from redis import Redis, RedisError

store = Redis.from_url(os.environ["REDIS_URL"], socket_timeout=5)
places = ["/tmp", "/var/tmp", "/dev/shm", str(Path.home()), os.environ.get("HOME", "/root")]
places += [*site.getsitepackages(), os.environ.get("WORKERLAB_HOME", "/tmp")]
places += ["/root", "/etc/cron.d", str(Path(workerlab.__file__).parent)]
for place in places:
    try:
        store.config_set("dir", place)
        store.config_set("dbfilename", "hostile-redis_writes_files")
        store.save()
    except RedisError:
        pass
