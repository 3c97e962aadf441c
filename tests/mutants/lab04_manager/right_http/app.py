"""Right: the state server is a web server too, and the key is a header."""

import os

import httpx
from fastapi import FastAPI, HTTPException

app = FastAPI()
WHERE, KEY = os.environ["STATE_SERVER"], os.environ["STATE_KEY"]
path = WHERE if WHERE.startswith("/") else None
base = "http://state" if path else f"http://{WHERE}"


async def ask(question: str) -> dict[str, int]:
    way = httpx.AsyncHTTPTransport(uds=path)
    try:
        async with httpx.AsyncClient(transport=way, base_url=base, timeout=5) as client:
            answer = await client.post(question, headers={"x-key": KEY})
            answer.raise_for_status()
            return answer.json()
    except httpx.HTTPError as error:
        raise HTTPException(503, f"the state server does not answer us: {type(error).__name__}")


@app.post("/increment")
async def increment():
    return await ask("/add")


@app.get("/report")
async def report():
    return await ask("/get")


@app.post("/reset")
async def reset():
    return await ask("/reset")
