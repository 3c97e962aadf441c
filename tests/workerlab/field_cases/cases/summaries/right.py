"""Summaries of documents that are uploaded.

Cut from https://github.com/opea-project/GenAIExamples/issues/1279 (2024-12-20): two uploads of the
same name meet in one temporary file. Here each has a name that no other has.
"""

import tempfile
from pathlib import Path

from fastapi import FastAPI, UploadFile

app = FastAPI()


def save(file: UploadFile) -> Path:
    with tempfile.NamedTemporaryFile(delete=False, suffix=".txt") as new:
        new.write(file.file.read())
    return Path(new.name)


def summary(path: Path) -> str:
    return path.read_text().partition(".")[0]


@app.post("/docsum")
def docsum(file: UploadFile):
    path = save(file)
    try:
        return {"summary": summary(path)}
    finally:
        path.unlink()
