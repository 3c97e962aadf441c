"""Summaries of documents that are uploaded.

Cut from https://github.com/opea-project/GenAIExamples/issues/1279 (2024-12-20): two uploads of the
same name overwrite, and remove, each other's temporary file.
"""

from pathlib import Path

from fastapi import FastAPI, UploadFile

app = FastAPI()
FOLDER = Path("uploads")
FOLDER.mkdir(exist_ok=True)


def save(file: UploadFile) -> Path:
    path = FOLDER / Path(file.filename).name
    path.write_bytes(file.file.read())
    return path


def summary(path: Path) -> str:
    return path.read_text().partition(".")[0]


@app.post("/docsum")
def docsum(file: UploadFile):
    path = save(file)
    try:
        return {"summary": summary(path)}
    finally:
        path.unlink()
