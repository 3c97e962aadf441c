"""A client that the first request makes, in an endpoint that runs in a thread; each one made is counted."""

from fastapi import FastAPI

app = FastAPI()
client: str | None = None
made = 0


def make() -> str:
    global made
    made += 1
    return f"client {made}"


def the_client() -> str:
    global client
    if client is None:
        client = make()
    return client


@app.get("/client")
def use() -> dict[str, str]:
    return {"client": the_client()}


@app.get("/report")
def report() -> dict[str, int]:
    return {"made": made}


@app.post("/reset")
def reset() -> None:
    global client, made
    client, made = None, 0
