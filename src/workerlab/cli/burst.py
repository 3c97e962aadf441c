"""`workerlab burst`: send an app a burst of requests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workerlab.cli.options import Deadline, Runner, With, Workers


def burst(
    target: Annotated[str, typer.Argument(metavar="APP-or-URL", help="a file, or http://…")],
    requests: Annotated[int, typer.Option(min=1, help="how many")] = 400,
    clients: Annotated[int, typer.Option(min=1, help="at the same time")] = 40,
    connections: Annotated[
        str, typer.Option(help="new (for each request), keep-alive or per-worker")
    ] = "new",
    request: Annotated[
        list[str] | None, typer.Option(metavar='"METHOD /path"', help="may be repeated: in turn")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.01, help="seconds for each request")] = 5.0,
    workers: Workers = 5,
    runner: Runner = "uvicorn",
    with_: With = None,
    deadline: Deadline = 30.0,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="write the history (JSON Lines)")
    ] = None,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="write the picture")] = None,
) -> None:
    """Send a burst and see which workers answered, what they answered, and what is missing.

    **Examples**

    `workerlab burst app.py` · 400 × POST /increment from 40 clients, on five workers

    `workerlab burst http://127.0.0.1:8000 --connections keep-alive`

    `workerlab burst labs/lab08_redis --with redis --request "POST /increment" --request
    "GET /report" --svg burst.svg`
    """
    from workerlab.cli import burst_view
    from workerlab.cli.screen import Screen
    from workerlab.described_burst import Wanted, send

    screen = Screen()
    wanted = Wanted(requests, clients, connections, tuple(request or ()), timeout)
    options = {"workers": workers, "runner": runner, "deadline": deadline}
    with screen.live():
        seen = send(target, wanted, tuple(with_ or ()), options, screen.doing)
    burst_view.show(screen, seen)
    burst_view.write(seen, json, svg)
