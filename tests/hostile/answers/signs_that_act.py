"""Answers and prints what would act in a terminal, in a page and in a table.

Deserves: as wrong
"""

from fastapi import FastAPI

app = FastAPI()

ACTS = "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>\u202e=cmd|'/c calc'!A1\r\n10 passed"
print(ACTS, flush=True)


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def act(path: str) -> dict[str, str]:
    print(ACTS, flush=True)
    raise ValueError(ACTS)
