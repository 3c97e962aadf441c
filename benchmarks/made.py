"""Writes what a measurement found, with the commit and the day on which it was made."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def made() -> dict[str, str]:
    """The commit and the day."""
    return {"commit": commit(), "day": datetime.now(UTC).date().isoformat()}


def commit() -> str:
    """The commit that is measured; "+" behind it where files have changed, results left out."""

    def git(*words: str) -> str:
        command = ["git", "-C", str(HERE.parent), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":(exclude)*.json")
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + ("+" if changed else "")


def row(name: str, what: str, value: float, unit: str, target: float) -> dict[str, Any]:
    """One figure of `make bench`, which is at most `target`."""
    return {
        "id": name, "what": what, "value": round(value, 3), "unit": unit, "target": target,
        "holds": value <= target,
    }  # fmt: skip


def write(name: str, found: dict[str, Any], folder: Path = HERE) -> Path:
    """Write FOLDER/name with `made` before what was found; the path.

    The environment's RESULTS names another folder, for a run whose figures are to be forgotten.
    """
    path = Path(os.environ.get("RESULTS") or folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"made": made(), **found}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path
