"""One request on a connection of its own, never held, and its outcome."""

import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

from workerlab.bounded_json import read_response
from workerlab.exchange import decoded, headers_by_name
from workerlab.history import Event
from workerlab.processes.patience import wait_to_read
from workerlab.stepping.request import Request


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
    timeout   seconds that the response may take, without those that no processor was given
    clock     gives the time of the call and of the return
    """
    body, headers = request.encoded()
    asked = (client, request.method, request.path, request.body, float(clock()))
    try:
        if connection.sock is None:
            connection.connect()
        connection.sock.settimeout(timeout)
        connection.request(request.method, request.target, body, headers)
        wait_to_read(connection.sock, timeout)
        response = connection.getresponse()
        output = decoded(read_response(response, timeout))
        told = headers_by_name(response.getheaders())
        if response.status >= 500:  # uvicorn then hangs up, and does not say so beforehand
            connection.close()
    except (OSError, HTTPException) as error:
        connection.close()
        return Event(*asked, pid=pid, error=type(error).__name__)
    returned = float(clock())
    return Event(*asked, returned, response.status, output, pid, headers=told)
