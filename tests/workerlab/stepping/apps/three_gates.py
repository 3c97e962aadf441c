"""Three gates, read at the first and write at the third: 18 of 20 lose."""

from fastapi import FastAPI
from stores import nothing, store

app = FastAPI()


@app.post("/increment")
async def increment():
    count = store.read()
    nothing()
    store.write(count + 1)
    return {"count": count + 1}


@app.get("/report")
def report():
    return {"count": store.read()}


@app.post("/reset")
def reset():
    store.write(0)
    return {"count": 0}
