"""`workerlab serve` and `workerlab burst`: run an app on real workers, and send it a crowd."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workerlab.cli.options import App, Deadline, Runner, With, Workers


def serve(
    app: App,
    workers: Workers = 5,
    runner: Runner = "uvicorn",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one")] = 0,
    with_: With = None,
    deadline: Deadline = 30.0,
) -> None:
    """Serve an app on real workers, one line for each, until Ctrl-C.

    **Examples**

    `workerlab serve app.py` · five uvicorn workers

    `workerlab serve labs/lab08_redis --with redis --port 8000`

    `workerlab serve app.py --runner preload --workers 2` · gunicorn --preload
    """
    from workerlab.cli.follow_view import follow
    from workerlab.cli.screen import Screen
    from workerlab.cli.stores import stores
    from workerlab.servers import serve as start

    screen = Screen()
    options = {"workers": workers, "runner": runner, "port": port, "deadline": deadline}
    with stores(list(with_ or ()), app) as private:
        with screen.live():
            screen.doing("starting the workers")
            server = start(app, env=private.env, **options)
        with server:
            screen.say(repr(server), "bold")
            for name, value in private.env.items():
                screen.say(f"  {name}={value}")
            screen.say("its log (Ctrl-C stops everything):", "dim")
            follow(screen, server)


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
    """Send a crowd and see what it sees: who answered, what was answered, what went missing.

    **Examples**

    `workerlab burst app.py` · 400 × POST /increment from 40 clients, on five workers

    `workerlab burst http://127.0.0.1:8000 --connections keep-alive`

    `workerlab burst labs/lab08_redis --with redis --request "POST /increment" --request
    "GET /report" --svg burst.svg`
    """
    from workerlab.cli import burst_view
    from workerlab.cli.screen import Screen

    screen = Screen()
    crowd = burst_view.Crowd(requests, clients, connections, tuple(request or ()), timeout)
    options = {"workers": workers, "runner": runner, "deadline": deadline}
    with screen.live():
        seen = burst_view.send(target, crowd, tuple(with_ or ()), options, screen.doing)
    burst_view.show(screen, seen)
    burst_view.write(seen, json, svg)
