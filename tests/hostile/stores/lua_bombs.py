"""Lua in Redis: tables and strings that swell (until 1.5 GB), and a loop without an end.

Deserves: as wrong
"""

import os
import threading

from plain import app  # noqa: F401
from redis import Redis, RedisError

BOMBS = (
    "local t = {} for i = 1, 1500 do t[i] = string.rep('x', 1000000) .. i end return #t",
    "local s = 'x' for i = 1, 30 do s = s .. s end return #s",
    "local function f(n) return f(n) + 1 end return f(1)",
    "return string.find(string.rep('a', 100000), string.rep('a?', 100000) .. 'b')",
    "while true do pcall(function() while true do end end) end",
)


def throw(bomb: str) -> None:
    try:
        Redis.from_url(os.environ["REDIS_URL"], socket_timeout=60).eval(bomb, 0)
    except (RedisError, OSError):
        pass


for bomb in BOMBS:
    threading.Thread(target=throw, args=(bomb,), daemon=True).start()
