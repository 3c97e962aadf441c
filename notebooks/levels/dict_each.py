from fastapi import FastAPI

app = FastAPI()
meta = {"count": 0}


@app.post("/increment")
async def increment():
    meta["count"] += 1
    return {"count": meta["count"]}
