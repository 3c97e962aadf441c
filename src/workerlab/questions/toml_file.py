"""A question in a TOML file, for `workerlab explore APP --question shop.toml`.

before = "POST /restock"
program = [
  ["ada: POST /orders", "ada: POST /orders/{A.id}/pay"],   # one after the other
  "bob: POST /buy",
]
after = "GET /stock"
listen = "SSE /news"
ignore = ["$.id"]
invariants = ["rules.py:never_oversold"]

[clients.ada]
sign-in = "POST /token -d username=ada -d password=secret"
headers = { Authorization = "Bearer {ada.access_token}" }
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from workerlab.errors import BadUsage
from workerlab.stepping.program import in_one_text
from workerlab.stepping.request import Request
from workerlab.stepping.request_text import all_requests

TEXT, TEXTS, NUMBER, COUNT, TRUTH, PAIRS = (
    "a text",
    "a list of texts",
    "a number",
    "a whole number",
    "true or false",
    "a table",
)
KEYS = {
    "app": TEXT,
    "app-dir": TEXT,
    "python": TEXT,
    "before": TEXTS,
    "program": TEXTS,
    "after": TEXTS,
    "listen": TEXTS,
    "ignore": TEXTS,
    "invariants": TEXTS,
    "env": PAIRS,
    "env-file": TEXTS,
    "stores": TEXTS,
    "as": TEXTS,
    "migrate": TEXT,
    "reset-command": TEXT,
    "in-place": TRUTH,
    "leases": TEXT,
    "trace-into": TEXTS,
    "model": TEXT,
    "runner": TEXT,
    "workers": COUNT,
    "schedules": COUNT,
    "seed": COUNT,
    "seconds": NUMBER,
    "deadline": NUMBER,
    "clients": PAIRS,
}
OF_A_CLIENT = {"sign-in": TEXT, "headers": PAIRS}
REQUESTS = ("before", "program", "after", "listen")
TYPES: dict[str, tuple[type, ...]] = {
    TEXT: (str,),
    TEXTS: (str, list),
    NUMBER: (int, float),
    COUNT: (int,),
    TRUTH: (bool,),
    PAIRS: (dict,),
}


def read(file: str | Path) -> dict[str, Any]:
    """The question in a file, as the parameters of `questions.asking.ask`; `app` may be among them.

    Files and modules that it names are looked for beside it. Raises BadUsage, which names the line.
    """
    return _File(Path(file)).question()


class _File:
    """One file as it is read: its text, to say in which line something is wrong."""

    def __init__(self, path: Path) -> None:
        self.path, self.folder = path, path.resolve().parent
        try:
            self.text = path.read_text(encoding="utf-8")
            self.data = tomllib.loads(self.text)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise BadUsage(f"cannot read {path}: {reason}", "name a TOML file") from error
        except tomllib.TOMLDecodeError as error:
            advice = 'a line is: name = "text", or name = ["text", "text"]'
            raise BadUsage(f"{path} is not TOML: {error}", advice) from error

    def refused(self, key: str, message: str, advice: str) -> BadUsage:
        """An error about a key, with the line that it is in."""
        last = re.escape(key.rpartition(".")[2])
        lines = enumerate(self.text.splitlines(), 1)
        found = (
            n for n, line in lines if re.search(rf"(^|[\s\[{{.,])[\"']?{last}[\"']?\s*[=\].]", line)
        )
        line = next(found, 0)
        where = f"{self.path}, line {line}" if line else str(self.path)
        return BadUsage(f"{where}: {message}", advice)

    def question(self) -> dict[str, Any]:
        self._must_know(self.data, KEYS, "")
        clients = self.data.get("clients", {})
        for name, client in clients.items():
            if not re.fullmatch(r"[a-z][\w-]*", name) or not isinstance(client, dict):
                advice = "a client is a table: [clients.ada], its name in small letters"
                raise self.refused(f"clients.{name}", f"{name!r} is no client", advice)
            self._must_know(client, OF_A_CLIENT, f"clients.{name}.")
        found: dict[str, Any] = {"model": "serial", "folder": str(self.folder)}
        for key, value in self.data.items():
            if key in REQUESTS:
                found[key] = self._requests(key, value)
            elif key != "clients":
                texts = KEYS[key] == TEXTS and isinstance(value, str)
                parameter = "forms" if key == "as" else key.replace("-", "_")
                found[parameter] = [value] if texts else value
        if "program" not in found:
            raise self.refused(
                "", "there is no program", 'write program = ["POST /buy", "POST /buy"]'
            )
        found.setdefault("after", "")
        if sign_in := " | ".join(self._sign_ins(clients)):
            found["sign_in"] = sign_in
        for key in ("app", "app_dir", "python"):
            if key in found and ":" not in found[key]:
                found[key] = str(self.folder / found[key])
        if "env_file" in found:
            found["env_file"] = [str(self.folder / name) for name in found["env_file"]]
        return found

    def _must_know(self, table: dict[str, Any], keys: dict[str, str], inside: str) -> None:
        for key, value in table.items():
            if key not in keys:
                close = get_close_matches(key, keys, 1)
                advice = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(keys)}"
                raise self.refused(inside + key, f"there is no key {inside + key!r}", advice)
            whole = isinstance(value, TYPES[keys[key]])
            whole = whole and isinstance(value, bool) == (keys[key] == TRUTH)
            if not whole or not all(isinstance(each, str) for each in _leaves(key, value)):
                message = f"{inside + key!r} must be {keys[key]}"
                raise self.refused(inside + key, message, f"it is {value!r:.60}")

    def _requests(self, key: str, value: str | list[Any]) -> str:
        """The requests of a key as one text; those of a list in a list follow one another."""
        groups = [value] if isinstance(value, str) else value
        text = " | ".join(each if isinstance(each, str) else " then ".join(each) for each in groups)
        return in_one_text(map(self._with_headers, self._parsed(key, text)))

    def _parsed(self, key: str, text: str) -> tuple[Request, ...]:
        try:
            return all_requests(text, self.folder)
        except BadUsage as error:
            raise self.refused(key, f"{key}: {error}", error.advice) from None

    def _with_headers(self, request: Request) -> Request:
        """A request with the headers that its client always sends."""
        client = self.data.get("clients", {}).get(request.client, {})
        always = {name.lower(): value for name, value in client.get("headers", {}).items()}
        return replace(request, headers=tuple((always | dict(request.headers)).items()))

    def _sign_ins(self, clients: dict[str, Any]) -> Iterator[str]:
        for name, client in clients.items():
            if "sign-in" in client:
                key = f"clients.{name}.sign-in"
                requests = self._parsed(key, client["sign-in"])
                if len(requests) != 1:
                    advice = "sign in with one request; what else is needed stands in before"
                    raise self.refused(key, f"{key} is not one request", advice)
                yield str(replace(requests[0], client=name))


def _leaves(key: str, value: Any) -> Iterator[Any]:
    """What must be a text: the values of a list, of a list in `program`, and of a table."""
    if isinstance(value, list):
        for each in value:
            yield from each if key == "program" and isinstance(each, list) and each else [each]
    elif isinstance(value, dict) and key != "clients":
        yield from value.values()
