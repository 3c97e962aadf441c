"""Two processes after a fork, each with a question for Redis: whose reply does the parent read?"""

import os
import sys
from collections.abc import Callable

import redis

client = redis.Redis.from_url(sys.argv[1])
client.ping()  # so the pool has a connection before the fork


def in_a_child(act: Callable[[], object]) -> None:
    if os.fork() == 0:
        act()
        os._exit(0)
    os.wait()


def through_the_pool(text: str) -> bytes:
    reply: bytes = client.execute_command("ECHO", text)
    return reply


in_a_child(lambda: through_the_pool("child"))
print("the pool:", through_the_pool("parent").decode())

connection = client.connection_pool.get_connection()
in_a_child(lambda: connection.send_command("ECHO", "child"))
connection.send_command("ECHO", "parent")
print("one connection:", connection.read_response().decode())
