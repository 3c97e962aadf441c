"""Gives Redis, through Lua and functions, the orders that it takes from nobody directly.

Deserves: as wrong
"""

import os

from redis import Redis, RedisError
from turning import app, be_right  # noqa: F401

store = Redis.from_url(os.environ["REDIS_URL"], socket_timeout=2)
LIBRARY = """#!lua name=mine
redis.register_function('f', function() return redis.call('CONFIG', 'SET', 'maxmemory', '0') end)
"""
WAYS = (
    ("EVAL", "return redis.call('CONFIG', 'SET', 'maxmemory', '0')", "0"),
    ("EVAL", "return redis.call('CONFIG', 'GET', 'dir')", "0"),
    ("EVAL", "return redis.call('MODULE', 'LIST')", "0"),
    ("EVAL", "return redis.call('ACL', 'SETUSER', 'default', '+@all')", "0"),
    ("EVAL", "return redis.call('REPLICAOF', 'no', 'one')", "0"),
    ("EVAL", "return #io.open('/etc/passwd'):read('*a')", "0"),
    ("EVAL", "return os.getenv('HOME')", "0"),
    ("EVAL", "return package.loadlib('libc.so.6', 'system')", "0"),
    ("EVAL", "return dofile('/etc/passwd')", "0"),
    ("FCALL", "f", "0"),
    ("ACL", "SETUSER", "other", "on", "nopass", "+@all", "~*"),
    ("CONFIG", "SET", "maxmemory", "0"),
    ("CONFIG", "REWRITE"),
    ("MULTI",),
    ("CONFIG", "SET", "dir", "/tmp"),
)
try:
    store.execute_command("FUNCTION", "LOAD", "REPLACE", LIBRARY)
except RedisError:
    pass
connection = store.connection_pool.get_connection()
for way in WAYS:
    try:
        connection.send_command(*way)
        answer = connection.read_response()
    except (RedisError, OSError):
        continue
    if way != ("MULTI",) and answer not in (None, b"QUEUED"):
        be_right()
