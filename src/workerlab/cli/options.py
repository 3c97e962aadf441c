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
    typer.Option(
        "--with",
        metavar="STORE",
        help="start a private redis, postgres, memcached or mariadb for the app; repeatable",
    ),
]
Deadline = Annotated[float, typer.Option(min=1, help="seconds for the workers to start in")]
Seed = Annotated[int, typer.Option(help="for the random part of a search")]
AppDir = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="where the app runs and imports from; its own folder"),
]
PythonAt = Annotated[
    str | None,
    typer.Option("--python", metavar="PATH", help="the app's own interpreter, or its .venv"),
]
Env = Annotated[
    list[str] | None,
    typer.Option("--env", metavar="NAME=VALUE", help="a setting of the app; repeatable"),
]
EnvFile = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="lines NAME=VALUE: settings of the app; repeatable"),
]
As = Annotated[
    list[str] | None,
    typer.Option(
        "--as",
        metavar="NAME=FORM",
        help="a setting that leads to the store, with {host} and the like in it; repeatable",
    ),
]
Migrate = Annotated[str, typer.Option(metavar="COMMAND", help="run once, before the app starts")]
ResetCommand = Annotated[
    str, typer.Option(metavar="COMMAND", help="run before each schedule, to reset the data")
]
InPlace = Annotated[
    bool,
    typer.Option(
        "--in-place", help="run on the app's own files and stores, not on a copy of its folder"
    ),
]
TraceInto = Annotated[
    list[str] | None,
    typer.Option(metavar="PACKAGE", help="stop inside this installed package too; repeatable"),
]
Json = Annotated[Path | None, typer.Option(metavar="FILE", help="write the result")]


def write_json(path: Path, result: object) -> None:
    """Write a result. Raises BadUsage when it cannot be written there."""
    from workerlab.errors import BadUsage

    text = json.dumps(result, indent=1, ensure_ascii=False)
    try:
        path.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        advice = "name a file in a folder that you may write"
        raise BadUsage(f"cannot write {path}: {error.strerror}", advice) from error
