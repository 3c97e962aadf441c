"""The app in several files: routes, settings and the shared object, each in its own."""

from fastapi import FastAPI
from routes import router

app = FastAPI(title="A counter")
app.include_router(router)
