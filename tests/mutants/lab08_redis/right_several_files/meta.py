"""The shared object: its state lies in Redis, its methods are one command each."""

from redis.asyncio import Redis
from settings import settings


class Meta:
    def __init__(self, store: Redis, name: str) -> None:
        self.store, self.name = store, name

    async def increase(self, by: int = 1) -> int:
        return int(await self.store.hincrby(self.name, "count", by))

    async def reset(self) -> None:
        await self.store.hset(self.name, mapping={"count": 0})

    @property
    async def count(self) -> int:
        return int(await self.store.hget(self.name, "count") or 0)


meta = Meta(Redis.from_url(str(settings.redis_url)), "meta")
