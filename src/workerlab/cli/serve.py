"""`workerlab serve`: an app on real workers."""

from __future__ import annotations

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
    from workerlab.servers import serve as start
    from workerlab.services.private import stores

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
