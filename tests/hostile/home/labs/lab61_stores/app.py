"""Nothing is here yet."""

from fastapi import FastAPI

app = FastAPI()
