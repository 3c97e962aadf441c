"""Features that an administrator turns on while the service runs.

Cut from https://github.com/benoitc/gunicorn/issues/1990 (2019-02-20): the call reaches one worker,
and only that one changes.
"""

from fastapi import FastAPI

app = FastAPI()
app.state.enabled = set()


@app.post("/flags/{name}/on")
async def turn_on(name: str):
    app.state.enabled.add(name)
    return {"on": name}


@app.get("/checkout")
async def checkout():
    return {"page": "new" if "new-checkout" in app.state.enabled else "old"}
