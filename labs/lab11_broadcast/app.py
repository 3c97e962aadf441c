"""Settings that every worker keeps in its own memory. A PUT reaches one of them: fix it."""

from typing import Annotated, Any

from fastapi import Body, FastAPI

settings: dict[str, Any] = {"value": None}
app = FastAPI()


@app.get("/settings")
async def read() -> dict[str, Any]:
    return settings


@app.put("/settings")
async def change(value: Annotated[Any, Body(embed=True)]) -> dict[str, int]:
    settings["value"] = value
    return {"workers": 1}
