"""The settings, from the environment."""

import os

from pydantic import BaseModel, RedisDsn


class Settings(BaseModel):
    redis_url: RedisDsn


settings = Settings(redis_url=os.environ["REDIS_URL"])
