"""A page that counts its readers.

Cut from https://github.com/antonkomarev/github-profile-views-counter/issues/66 (2023-09-02): the
count is read from a file that another request may just be writing.
"""

from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
FILE = Path("hits.txt")


@app.get("/hit")
async def hit():
    n = int(FILE.read_text()) if FILE.exists() else 0
    n += 1
    FILE.write_text(str(n))
    return {"hits": n}
