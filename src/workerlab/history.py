"""What happened: one event for each request, and the history that a burst leaves behind.

An event has the client, the request, when it was called, when it returned (or that it never
did), what came back, and which worker process responded. A history is a list of events; on
disk it is JSON Lines, one event a line.

    >>> first = Event(client=0, method="POST", path="/increment", called=0.001, returned=0.004,
    ...               status=200, output={"count": 1}, pid=4711)
    >>> first.ok, first.unknown
    (True, False)
    >>> History([first]).by_pid()[4711][0].output
    {'count': 1}
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from workerlab.errors import BadUsage

# No connection, so the server never saw the request: its outcome is known, it had no effect.
NEVER_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})
LEADS_ON = (301, 302, 303, 307, 308)
# A word of a path: `/auth` and `/user_login`, but neither `/authors` nor `/blogindex`.
_SIGN_IN = re.compile(r"(?<![a-z])(log[-_]?in|sign[-_]?in|o?auth2?)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class Event:
    """One request. Times are seconds of the machine's monotonic clock.

    `returned` is None when no whole response came back (a time-out, a killed worker); `error`
    then names what the client saw. Such a request may have taken effect, may do so later, or
    never: its outcome is unknown, and nothing here pretends otherwise.

    `headers` are those of the response by their names in small letters, where they were kept;
    several of one name are joined by ", ", and Set-Cookie by lines.
    """

    client: int | str
    method: str
    path: str
    input: Any = None
    called: float = 0.0
    returned: float | None = None
    status: int | None = None
    output: Any = None
    pid: int | None = None
    error: str | None = None
    headers: dict[str, str] | None = None

    @property
    def ok(self) -> bool:
        """True when a response came back and its status is 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def done(self) -> bool:
        """True when it is answered 2xx, or led on: not to a sign-in, or to its own path with a slash."""
        if self.status not in LEADS_ON:
            return self.ok
        leads_to = urlsplit((self.headers or {}).get("location", "")).path
        own = urlsplit(self.path).path
        return leads_to.rstrip("/") != own.rstrip("/") and not _SIGN_IN.search(leads_to)

    @property
    def unknown(self) -> bool:
        """True when no response came back."""
        return self.returned is None

    @property
    def ended(self) -> float:
        """When the response had come; infinite when none did."""
        return math.inf if self.returned is None else self.returned

    @property
    def sent(self) -> bool:
        """False when there was not even a connection, so the request cannot have had an effect."""
        return self.error not in NEVER_SENT


class History(list[Event]):
    """Events in the order in which they were called. Shows itself as a count by worker."""

    @property
    def answered(self) -> History:
        """The events that got a response, of any status."""
        return History(event for event in self if not event.unknown)

    @property
    def unknown(self) -> History:
        """The events that never got a response."""
        return History(event for event in self if event.unknown)

    def by_pid(self) -> dict[int | None, History]:
        """The events of each worker, by its process id; None, last, holds those of no known worker.

        >>> History([Event(0, "GET", "/", pid=2), Event(0, "GET", "/", pid=1)]).by_pid().keys()
        dict_keys([1, 2])
        """
        pids = sorted({event.pid for event in self}, key=lambda pid: (pid is None, pid or 0))
        return {pid: History(event for event in self if event.pid == pid) for pid in pids}

    def write(self, path: str | Path) -> None:
        """Write the history to `path` as JSON Lines, replacing what was there."""
        lines = (json.dumps(asdict(event)) + "\n" for event in self)
        Path(path).write_text("".join(lines), encoding="utf-8")

    @classmethod
    def read(cls, path: str | Path) -> History:
        """Read a history that `write` wrote. Raises BadUsage when a line is not an event."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadUsage(f"cannot read the history {path}: {error}") from error
        return cls(_events(text, path))

    def __repr__(self) -> str:
        if not self:
            return "a history of no requests"
        shares = self.by_pid()
        most = max(len(events) for events in shares.values())
        rows = [_share(pid, events, most) for pid, events in shares.items()]
        return "\n".join([_totals(self), *rows])


def _events(text: str, path: str | Path) -> Iterable[Event]:
    # Only "\n" ends a line: str.splitlines() would also cut at characters inside a value.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield Event(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise BadUsage(
                f"line {number} of {path} is not an event of a history",
                "give a file that History.write wrote",
                str(error),
            ) from error


def _totals(history: History) -> str:
    clients = len({event.client for event in history})
    text = f"{_count(len(history), 'request')} from {_count(clients, 'client')}"
    if history.answered:  # of those alone it is known when they ended
        end = max(event.ended for event in history.answered)
        text += f" in {end - min(event.called for event in history):.2f} s"
    refused = sum(1 for event in history.answered if not event.ok)
    unknown = len(history.unknown)
    if refused:
        text += f", {refused} answered with an error"
    if unknown:
        text += f", {unknown} never answered (outcome unknown)"
    return text


def _share(pid: int | None, events: History, most: int) -> str:
    bar = "█" * max(1, round(24 * len(events) / most))
    name = "no worker named" if pid is None else f"worker {pid}"
    row = f"  {name:<15} {len(events):>5}  {bar:<24}"
    answers = [event for event in events if not event.unknown]
    if not answers:
        return row.rstrip()
    last = max(answers, key=lambda event: event.ended)
    answer = json.dumps(last.output, ensure_ascii=False)
    answer = answer if len(answer) <= 40 else answer[:39] + "…"
    return f"{row}  last answer {last.status} {answer}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
