"""As settings_told.py, with two lines of the start the other way round: it reads, then subscribes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from settings_told import listen, look, router, store


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with store.pubsub() as news:
        await look()
        await news.subscribe("settings")
        listening = asyncio.create_task(listen(news))
        yield
        listening.cancel()
    await store.aclose()


app = FastAPI(lifespan=lifespan)
app.include_router(router)
