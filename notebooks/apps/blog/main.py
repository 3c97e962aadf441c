"""The blog's app: `uvicorn blog.main:app --workers 2`, with DATABASE_URL in the environment."""

from fastapi import FastAPI

from blog import articles, users
from blog.database import lifespan

app = FastAPI(title="A small blog", lifespan=lifespan)
app.include_router(users.router)
app.include_router(articles.router)
