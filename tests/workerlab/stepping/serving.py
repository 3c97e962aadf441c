"""Registers the three endpoints of the counter contract, as `def` or as `async def` (KIND)."""

import inspect
import os

from fastapi import FastAPI


def serve(increment, report, reset) -> FastAPI:
    """An app whose endpoints call these functions; coroutine functions stay what they are."""
    app = FastAPI()
    for path, method, function in (
        ("/increment", "POST", increment),
        ("/report", "GET", report),
        ("/reset", "POST", reset),
    ):
        app.api_route(path, methods=[method])(_endpoint(function))
    return app


def _endpoint(function):
    if inspect.iscoroutinefunction(function):

        async def endpoint():
            return {"count": await function()}

    elif os.environ.get("KIND") == "async":

        async def endpoint():
            return {"count": function()}

    else:

        def endpoint():
            return {"count": function()}

    return endpoint
