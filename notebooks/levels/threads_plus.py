from fastapi import FastAPI

app = FastAPI()
meta = {"count": 0}


@app.post("/increment")
def increment():
    meta["count"] += 1
    return {"done": True}


@app.get("/report")
def report():
    return {"count": meta["count"]}


@app.post("/reset")
def reset():
    meta["count"] = 0
