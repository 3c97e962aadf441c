"""The three endpoints of every app of the table, around three functions, sync or async."""

import inspect
from collections.abc import Callable

from fastapi import FastAPI


def serve(increment: Callable, report: Callable, reset: Callable, **options: object) -> FastAPI:
    app = FastAPI(**options)
    for method, function in (("POST", increment), ("GET", report), ("POST", reset)):
        app.add_api_route(f"/{function.__name__}", _answering(function), methods=[method])
    return app


def _answering(function: Callable) -> Callable:
    if inspect.iscoroutinefunction(function):

        async def endpoint() -> dict[str, int]:
            return {"count": await function()}

    else:

        def endpoint() -> dict[str, int]:
            return {"count": function()}

    return endpoint
