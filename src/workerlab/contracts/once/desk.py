"""The contract of lab 18, as clients of known workers ask for it.

POST /jobs {"name"}   201 {"id"}
GET  /jobs/{id}       200 {"state": "waiting" | "running" | "done"}
"""

from __future__ import annotations

import json
from http.client import HTTPException
from select import select
from socket import socket
from typing import Self
from urllib.parse import quote

from workerlab.bounded_json import loaded, read_response
from workerlab.contracts.counter import JSON, RESPONSE_S, Caller, last_words
from workerlab.contracts.once.patience import LOOK_S, Chains
from workerlab.servers import Server

__all__ = ["DONE", "RUNNING", "WAITING", "Desk"]

WAITING, RUNNING, DONE = STATES = ("waiting", "running", "done")


class Desk:
    """Clients of the workers of one server: one for each of them; a context manager.

    tried    counts the requests
    chains   begins deadlines for what its workers do
    """

    def __init__(self, server: Server, tried: dict[str, int], chains: Chains) -> None:
        self.server, self.tried, self._chains = server, tried, chains
        self._lines: dict[int, Caller] = {}
        self.given: set[str] = set()  # ids of jobs
        self.done: set[str] = set()  # jobs that were said to be done

    def __enter__(self) -> Self:
        self.gather()
        return self

    def __exit__(self, *_: object) -> None:
        for line in self._lines.values():
            line.connection.close()

    def gather(self) -> None:
        """Find the workers that live now, when all of them are there."""
        for line in self._lines.values():
            line.connection.close()
        found = self.server.connections()
        self._lines = {pid: Caller(self.server, line, self.tried, pid) for pid, line in found}

    @property
    def pids(self) -> list[int]:
        """The workers that live, of those that were found."""
        alive = {*self.server.pids}
        return sorted(pid for pid in self._lines if pid in alive)

    def post(self, pid: int, name: str = "a job") -> str:
        """Post a job to this worker; its id as text."""
        status, body = self.ask(pid, "POST", "/jobs", {"name": name})
        message = f"POST /jobs was answered {status}"
        why = last_words(self.server.log) if status >= 500 else ""
        assert status == 201, f"{message}, not 201{why}"
        job = body.get("id") if isinstance(body, dict) else None
        assert type(job) in (int, str) and job != "", (
            f'{message} {json.dumps(body)[:60]}; right is {{"id": a number or a text}}'
        )
        assert str(job) not in self.given, f"The id {job} was given to two jobs."
        self.given.add(str(job))
        return str(job)

    def state(self, job: str, pid: int, seconds: float = RESPONSE_S) -> str:
        """The state of a job, as this worker says."""
        path = f"/jobs/{quote(job, safe='')}"
        status, body = self.ask(pid, "GET", path, None, seconds)
        message = f"GET {path[:60]} was answered {status}"
        why = last_words(self.server.log) if status >= 500 else ""
        assert status == 200, f"{message}, not 200{why}"
        state = body.get("state") if isinstance(body, dict) else None
        assert state in STATES, f'{message} {json.dumps(body)[:60]}; right is {{"state": …}}'
        if state == DONE:
            self.done.add(job)
        assert state == DONE or job not in self.done, (
            f"A job that was done is not done any more: job {job} is now {state}."
        )
        return str(state)

    def ask(
        self, pid: int, method: str, path: str, given: object, seconds: float = RESPONSE_S
    ) -> tuple[int, object]:
        """Status and JSON of a response; an assertion if there is none."""
        self.tried["requests"] += 1
        connection = self._lines[pid].connection
        try:
            body = None if given is None else json.dumps(given)
            if connection.sock is None:
                raise HTTPException("the worker had hung up")
            connection.request(method, path, body, JSON if body else {})
            self._wait_to_read(connection.sock, seconds)
            response = connection.getresponse()
            raw = read_response(response, seconds)
        except (OSError, HTTPException) as error:
            connection.close()
            why = f"nothing for {seconds:g} s" if isinstance(error, TimeoutError) else repr(error)
            raise AssertionError(f"{method} {path[:60]} got no answer: {why}") from None
        try:
            return response.status, loaded(raw) if raw else None
        except ValueError:
            return response.status, raw.decode(errors="replace")[:80]

    def _wait_to_read(self, sock: socket, seconds: float) -> None:
        if select([sock], [], [], LOOK_S)[0]:
            return  # nearly always; a chain may cost a look at every thread
        chain = self._chains.begin()
        while not select([sock], [], [], LOOK_S)[0]:
            if chain.passed(seconds - LOOK_S):
                raise TimeoutError("nothing came in time")
