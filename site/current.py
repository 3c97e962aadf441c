"""What the foot of every page says: with which releases all of it was run, and when."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

SHOWN = {  # of all packages that were run, those that most readers know
    "python": "Python",
    "fastapi": "FastAPI",
    "uvicorn": "uvicorn",
    "gunicorn": "gunicorn",
    "redis": "redis-py",
    "tortoise-orm": "Tortoise ORM",
}


def foot(file: Path) -> str:
    """A sentence of HTML from the file that `make current` writes; "" where there is none."""
    if not file.exists():
        return ""
    found = json.loads(file.read_text(encoding="utf-8"))
    day = date.fromisoformat(found["made"]["day"])
    names = [f"{name} {found['versions'][key]}" for key, name in SHOWN.items()]
    ran = f"Last run on {day:%-d %B %Y} with the newest releases: {', '.join(names)}."
    if not found["not"]:
        return f"<p>{ran} Everything held.</p>"
    return f"<p>{ran} What did not hold: {', '.join(sorted(found['not']))}.</p>"
