"""Settings that each worker keeps for itself: a PUT reaches one of them."""

from typing import Annotated, Any

from fastapi import Body, FastAPI

app = FastAPI()
memory: dict[str, Any] = {"value": None}


@app.get("/settings")
async def read() -> dict[str, Any]:
    return memory


@app.put("/settings")
async def change(value: Annotated[Any, Body(embed=True)]) -> dict[str, int]:
    memory["value"] = value
    return {"workers": 1}
