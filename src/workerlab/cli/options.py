"""Options that several verbs share."""

from __future__ import annotations

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
