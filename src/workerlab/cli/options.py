"""Options that several verbs share, and how a result is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

App = Annotated[str, typer.Argument(metavar="APP", help="a Python file with an `app` in it")]
Workers = Annotated[int, typer.Option(min=1, help="worker processes")]
Runner = Annotated[str, typer.Option(help="uvicorn, gunicorn, preload or instances")]
With = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="STORE", help="start a private redis or postgres for the app"),
]
Deadline = Annotated[float, typer.Option(min=1, help="seconds for the workers to start in")]
Seed = Annotated[int, typer.Option(help="for the random part of a search")]
Json = Annotated[Path | None, typer.Option(metavar="FILE", help="write the result")]


def write_json(path: Path, result: object) -> None:
    """Write a result. Raises BadUsage when it cannot be written there."""
    from workerlab.errors import BadUsage

    text = json.dumps(result, indent=1, ensure_ascii=False)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        advice = "name a file in a folder that you may write"
        raise BadUsage(f"cannot write {path}: {error.strerror}", advice) from error
