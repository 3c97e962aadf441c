"""Six gates; reads after the second step and writes at the fifth: 850 of 924 lose."""

from fastapi import FastAPI
from stores import nothing, store

app = FastAPI()


@app.post("/increment")
async def increment():
    nothing()
    count = store.read()
    nothing()
    nothing()
    store.write(count + 1)
    nothing()
    return {"count": count + 1}


@app.get("/report")
def report():
    return {"count": store.read()}


@app.post("/reset")
def reset():
    store.write(0)
    return {"count": 0}
