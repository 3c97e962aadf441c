"""The three endpoints."""

from fastapi import APIRouter
from meta import meta

router = APIRouter()


@router.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": await meta.increase()}


@router.get("/report")
async def report() -> dict[str, int]:
    return {"count": await meta.count}


@router.post("/reset")
async def reset() -> dict[str, int]:
    await meta.reset()
    return {"count": 0}
