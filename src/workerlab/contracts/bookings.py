"""The contract of lab 12, as its checks ask for it: seats, keys and numbers that add up.

    POST /bookings {"seat", "name", "key"}   201 {"id", "seat", "name"}; 200; 409; else 4xx
    DELETE /bookings/{id}                    204; 404
    GET /report                              200 {"free", "booked": {seat: name}, "sold"}
    POST /reset                              200

Any other response becomes an assertion whose message is for the student.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from urllib.parse import quote

from workerlab.bounded_json import loaded, read_response
from workerlab.contracts.counter import RESPONSE_S, Caller, each_worker, last_words
from workerlab.models.bookings import SEATS, id_in
from workerlab.processes.patience import wait_to_read
from workerlab.servers import Server

__all__ = ["Clerk", "booking", "clerks"]

JSON = {"content-type": "application/json"}


def booking(seat: str, name: str, key: str) -> str:
    """A request to book, as a program of a search reads it."""
    return f"POST /bookings {json.dumps({'seat': seat, 'name': name, 'key': key})}"


@dataclass
class Clerk:
    """A client of one worker, which knows the allowed responses."""

    line: Caller

    def book(
        self, seat: str, name: str, key: str, status: int = 201, fault: str = ""
    ) -> str | None:
        """Book, which must be answered `status`; the id (as text) of 200 and 201.

        fault   what kind of fault another status is
        """
        wish = {"seat": seat, "name": name, "key": key}
        got, body = self.ask("POST", "/bookings", wish)
        message = f"POST /bookings {json.dumps(wish)} was answered {got}"
        assert got == status, _of_the_kind(fault, f"{message}, not {status}{self._why(got)}")
        if status >= 400:
            return None
        message += f" {json.dumps(body)[:80]}"
        assert isinstance(body, dict), (
            f"{message}; the contract is an object with id, seat and name"
        )
        assert id_in(body) is not None, f"{message}; there is no id, a number or a text, in it"
        right = (body.get("seat"), body.get("name")) == (seat, name)
        assert right, f"{message}; it must have this seat and this name"
        return id_in(body)

    def refused(self, seat: str) -> None:
        """A seat that is not there is refused, with any 4xx."""
        got, _ = self.ask("POST", "/bookings", {"seat": seat, "name": "Ann", "key": seat})
        message = f"a booking of seat {seat!r}, which is not there, was answered {got}, not 4xx"
        assert 400 <= got < 500, message + self._why(got)

    def cancel(self, id_: str, *statuses: int, fault: str = "") -> None:
        """Cancel, which must be answered one of `statuses` (204 unless given); else it is a fault."""
        statuses = statuses or (204,)
        got, _ = self.ask("DELETE", f"/bookings/{quote(id_, safe='')}")
        right = " or ".join(map(str, statuses))
        message = f"DELETE /bookings/{id_} was answered {got}, not {right}"
        assert got in statuses, _of_the_kind(fault, message + self._why(got))

    def booked(self) -> dict[str, object]:
        """The name for each booked seat, from a report whose numbers add up."""
        got, body = self.ask("GET", "/report")
        message = f"GET /report was answered {got} {json.dumps(body)[:100]}"
        assert got == 200, f"{message}, not 200{self._why(got)}"
        assert isinstance(body, dict) and isinstance(body.get("booked"), dict), (
            f'{message}; the contract is {{"free", "booked": {{seat: name}}, "sold"}}'
        )
        booked: dict[str, object] = body["booked"]
        free, sold = body.get("free"), body.get("sold")
        numbers = f"{len(booked)} seats are booked, free says {free} and sold says {sold}"
        assert (free, sold) == (len(SEATS) - len(booked), len(booked)), f"in one report {numbers}"
        return booked

    def reset(self) -> None:
        got, _ = self.ask("POST", "/reset")
        assert got == 200, f"POST /reset was answered {got}, not 200{self._why(got)}"

    def ask(self, method: str, path: str, given: object = None) -> tuple[int, object]:
        """Status and JSON of the response (None without JSON); an assertion if there is no response."""
        self.line.tried["requests"] += 1
        connection = self.line.connection
        try:
            body = None if given is None else json.dumps(given)
            connection.request(method, path, body, JSON if body else {})
            wait_to_read(connection.sock, RESPONSE_S)
            response = connection.getresponse()
            raw = read_response(response)
        except (OSError, HTTPException) as error:
            connection.close()
            raise AssertionError(f"{method} {path} got no answer: {error!r}") from None
        try:
            return response.status, loaded(raw) if raw else None
        except ValueError:
            return response.status, raw.decode(errors="replace")[:80]

    def _why(self, status: int) -> str:
        return last_words(self.line.server.log) if status >= 500 else ""


def _of_the_kind(fault: str, message: str) -> str:
    return f"{fault}\n{message}" if fault else message


@contextmanager
def clerks(server: Server, tried: dict[str, int]) -> Iterator[list[Clerk]]:
    """A clerk for each worker of a server, and no seat booked."""
    with each_worker(server, tried) as lines:
        found = [Clerk(line) for line in lines]
        found[0].reset()
        yield found
