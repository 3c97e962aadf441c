"""Counts in one step but for one increment in thirty, which it does in two.

Deserves: as right without every_answer_fits_one_order
"""

from fastapi import FastAPI
from racing import counter, read, store, write

app = FastAPI()


@app.post("/increment")
def increment() -> dict[str, int]:
    if store.incr("asked") % 30:
        return {"count": store.incr("count")}
    count = read() + 1
    write(count)
    return {"count": count}


counter(app)
