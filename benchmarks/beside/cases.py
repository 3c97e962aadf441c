"""The five faults, each with its wrong and its right service, and what a load test does to them.

The services are field cases: cut from dated public reports (tests/workerlab/field_cases).
"""

from __future__ import annotations

import json
import shlex
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIELD = Path(__file__).parents[2] / "tests" / "workerlab" / "field_cases"
sys.path.append(str(FIELD))

from field_table import QUESTIONS

REQUESTS = 400


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


Answer = tuple[int, Any]  # the status, and the JSON
Ask = Callable[[Request], Answer]  # on a connection of its own


@dataclass(frozen=True)
class Case:
    """A fault.

    kind     what sort of fault it is, in a few words
    load     the requests of a load test; may ask for what it needs first
    wrong    what is wrong afterwards, in words; empty when nothing is. It gets the load's requests
             with their answers, and the folder in which the service ran
    one_process    why frontrun cannot be asked; empty when it can
    """

    name: str
    kind: str
    load: Callable[[Ask], list[Request]]
    wrong: Callable[[Ask, list[tuple[Request, Answer]], Path], str]
    workers: int = 2
    one_process: str = ""

    def question(self) -> list[str]:
        """What follows `workerlab explore APP`."""
        return ["--model", "serial", *shlex.split(QUESTIONS[self.name])]

    def set_up(self) -> list[str]:
        """What of it says how the service is started."""
        words = self.question()
        flags = [n for n, word in enumerate(words) if word in ("--with", "--workers")]
        return [part for n in flags for part in words[n : n + 2]]


def things(_: Ask) -> list[Request]:
    """All are put into one cart."""
    return [Request("POST", "/cart/ada", json.dumps({"product": f"p{n}"})) for n in range(REQUESTS)]


def all_in_the_cart(ask: Ask, answered: list[tuple[Request, Answer]], _: Path) -> str:
    added = sum(status == 201 for _request, (status, _body) in answered)
    there = sum(ask(Request("GET", "/cart/ada"))[1].values())
    return "" if there == added else f"{added} things were added, {there} are in the cart"


def rates(_: Ask) -> list[Request]:
    return [Request("PUT", f"/rates/c{n}", json.dumps({"rate": n})) for n in range(REQUESTS)]


def all_kept(ask: Ask, answered: list[tuple[Request, Answer]], _: Path) -> str:
    kept = [request for request, (status, _body) in answered if status == 200]
    lost = sum(ask(Request("GET", request.path))[0] != 200 for request in kept)
    return f"{lost} of {len(kept)} rates that were kept are unknown" if lost else ""


def farmers(_: Ask) -> list[Request]:
    return [
        Request("POST", "/equipment/1/book", json.dumps({"farmer": f"f{n}"}))
        for n in range(REQUESTS)
    ]


def one_booking(ask: Ask, *_: object) -> str:
    booked = len(ask(Request("GET", "/bookings"))[1])
    return "" if booked == 1 else f"one tractor has {booked} bookings"


def orders(_: Ask) -> list[Request]:
    """Each order twice, one right after the other."""
    return [
        Request("POST", "/orders?item=tea", headers=(("Idempotency-Key", f"k{n // 2}"),))
        for n in range(REQUESTS)
    ]


def orders_once(ask: Ask, answered: list[tuple[Request, Answer]], _: Path) -> str:
    keys = {request.headers for request, (status, _body) in answered if status == 201}
    made = ask(Request("GET", "/orders"))[1]["orders"]
    return "" if made == len(keys) else f"{len(keys)} keys have {made} orders"


def profiles(_: Ask) -> list[Request]:
    """One change, and three readers, and so on."""
    return [
        Request("GET", "/profiles/ada") if n % 4 else Request("PUT", f"/profiles/ada?city=c{n}")
        for n in range(REQUESTS)
    ]


def not_stale(ask: Ask, _: object, folder: Path) -> str:
    shown = ask(Request("GET", "/profiles/ada"))[1]["city"]
    with sqlite3.connect(folder / "profiles.db") as db:
        (city,) = db.execute("SELECT city FROM profiles WHERE name = 'ada'").fetchone()
    db.close()
    return "" if shown == city else f"{shown} is shown, and the database has {city}"


CASES = {
    case.name: case
    for case in (
        Case("cart", "lost update in a store", things, all_in_the_cart),
        Case(
            "rate_cache",
            "memory of one worker",
            rates,
            all_kept,
            one_process="it explores one process, where there is one memory",
        ),
        Case("equipment", "check, then act (one worker)", farmers, one_booking, workers=1),
        Case("order_keys", "done twice in spite of a key", orders, orders_once),
        Case("profile_cache", "stale cache", profiles, not_stale),
    )
}
