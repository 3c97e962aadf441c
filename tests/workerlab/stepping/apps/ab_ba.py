"""Two locks, taken in two orders."""

from fastapi import FastAPI
from stores import lock, nothing

app = FastAPI()


@app.post("/ab")
def ab():
    with lock("a"):
        nothing()
        with lock("b"):
            return {"done": True}


@app.post("/ba")
def ba():
    with lock("b"):
        nothing()
        with lock("a"):
            return {"done": True}
