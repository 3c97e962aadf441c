"""Who gets the newsletter: a file with a list of addresses."""

import asyncio
import json

from fastapi import APIRouter
from pydantic import BaseModel

from shop.database import FOLDER

router = APIRouter()
file = FOLDER / "newsletter.json"


class Reader(BaseModel):
    address: str


@router.post("/readers")
async def subscribe(reader: Reader) -> Reader:
    addresses = json.loads(file.read_text()) if file.exists() else []
    await deliverable(reader.address)
    file.write_text(json.dumps(sorted({*addresses, reader.address})))
    return reader


@router.delete("/readers")
async def empty() -> dict[str, list[str]]:
    file.write_text("[]")
    return {"addresses": []}


@router.get("/readers")
async def readers() -> dict[str, list[str]]:
    return {"addresses": json.loads(file.read_text()) if file.exists() else []}


async def deliverable(address: str) -> None:
    """Stands for a question to the mail server."""
    await asyncio.sleep(0.001)
