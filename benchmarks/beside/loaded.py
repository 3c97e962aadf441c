"""A plain load test: many clients at once, and a look at the data afterwards."""

from __future__ import annotations

import json
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from beside.cases import Answer, Case, Request

CLIENTS = 40
NO_ANSWER = 0
LONGEST_S = 30  # until a request counts as unanswered


def load(case: Case, url: str, folder: Path) -> str:
    """What is wrong after the load, in words; empty when nothing is."""

    def ask(request: Request) -> Answer:
        connection = _connection(url)
        try:
            return _sent(connection, request)
        finally:
            connection.close()

    waiting = deque(case.load(ask))
    together = threading.Barrier(CLIENTS)

    def client(_: int) -> list[tuple[Request, Answer]]:
        """Keeps its connection, and takes the next request until none is left."""
        connection, answered = _connection(url), []
        connection.connect()
        together.wait()
        try:
            while True:
                request = waiting.popleft()
                answered.append((request, _sent(connection, request)))
        except IndexError:
            return answered
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        answered = [one for each in pool.map(client, range(CLIENTS)) for one in each]
    return case.wrong(ask, answered, folder)


def _connection(url: str) -> HTTPConnection:
    address = urlsplit(url)
    return HTTPConnection(address.hostname or "", address.port, timeout=LONGEST_S)


def _sent(connection: HTTPConnection, request: Request) -> Answer:
    headers = dict(request.headers) | ({"Content-Type": "application/json"} if request.body else {})
    try:
        connection.request(request.method, request.path, request.body or None, headers)
        response = connection.getresponse()
        body = response.read()
    except OSError:  # its worker has died, or never answers
        connection.close()
        return NO_ANSWER, None
    return response.status, json.loads(body) if response.status < 500 else None
