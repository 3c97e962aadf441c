"""One request on a connection of its own, never held, and its outcome."""

import json
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

from workerlab.bounded_json import read_response
from workerlab.history import Event
from workerlab.stepping.controller.remote_task import decoded
from workerlab.stepping.program import Request


def ask_alone(
    connection: HTTPConnection,
    request: Request,
    client: str,
    pid: int,
    timeout: float,
    clock: Callable[[], float] = time.monotonic,
) -> Event:
    """Send a request and return its outcome, also an error, as an event. Never fails.

    client    whose request it is, and `pid` the worker that the connection leads to
    timeout   seconds that the response may take
    clock     gives the time of the call and of the return
    """
    body = None if request.body is None else json.dumps(request.body)
    headers = {"content-type": "application/json"} if body else {}
    headers |= dict(request.headers)
    asked = (client, request.method, request.path, request.body, float(clock()))
    try:
        if connection.sock is None:
            connection.connect()
        connection.sock.settimeout(timeout)
        connection.request(request.method, request.path, body, headers)
        response = connection.getresponse()
        output = decoded(read_response(response, timeout))
        if response.status >= 500:  # uvicorn then hangs up, and does not say so beforehand
            connection.close()
    except (OSError, HTTPException) as error:
        connection.close()
        return Event(*asked, pid=pid, error=type(error).__name__)
    returned = float(clock())
    return Event(*asked, returned, response.status, output, pid)
