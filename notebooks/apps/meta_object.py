"""The app of the question: `meta` is made when this file is imported."""

from fastapi import FastAPI


class Meta:
    def __init__(self) -> None:
        self.count = 0


app = FastAPI()
meta = Meta()


@app.post("/increment")
async def increment() -> dict[str, int]:
    meta.count += 1
    return {"count": meta.count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": meta.count}


@app.post("/reset")
async def reset() -> dict[str, int]:
    meta.count = 0
    return {"count": meta.count}
