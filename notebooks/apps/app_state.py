"""The same app, with the object kept in `app.state`."""

from fastapi import FastAPI


class Meta:
    def __init__(self) -> None:
        self.count = 0


app = FastAPI()
app.state.meta = Meta()


@app.post("/increment")
async def increment() -> dict[str, int]:
    app.state.meta.count += 1
    return {"count": app.state.meta.count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": app.state.meta.count}


@app.post("/reset")
async def reset() -> dict[str, int]:
    app.state.meta.count = 0
    return {"count": app.state.meta.count}
