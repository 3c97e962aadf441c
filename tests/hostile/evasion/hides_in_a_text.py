"""Runs its steps from a text that says it is a file of Python's own.

Deserves: as racy
"""

import json

from fastapi import FastAPI
from racing import counter, read, write

space = {"read": read, "write": write}
exec(
    compile("def up():\n    n = read() + 1\n    write(n)\n    return n", json.__file__, "exec"),
    space,
)
app = FastAPI()


@app.post("/increment")
def increment() -> dict[str, int]:
    return {"count": space["up"]()}


counter(app)
