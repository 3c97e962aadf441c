"""Counts words, in memory, on one worker.

Cut from https://github.com/fastapi/fastapi/issues/876 (2020-01-17): a `def` endpoint runs in a pool
of threads, so two requests count at once.
"""

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
counts: dict[str, int] = {}


class Text(BaseModel):
    words: list[str]


def bump(word: str) -> None:
    counts[word] = counts.get(word, 0) + 1


@app.post("/words")
def add(text: Text):
    for word in text.words:
        bump(word)
    return {"counted": len(text.words)}


@app.get("/words")
def show():
    return counts
