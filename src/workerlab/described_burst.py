"""Send a burst, and describe in words the behaviour of the app."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, cast

from workerlab.draw.words import counted
from workerlab.errors import BadUsage, NotReady, WorkerlabError
from workerlab.history import Event, History
from workerlab.linearizability.check import check
from workerlab.models.counter import counter_operations
from workerlab.models.registry import MODELS
from workerlab.servers import Server
from workerlab.services.private import stores
from workerlab.stepping.request_text import one_request
from workerlab.traffic import Connections, burst, until_every_worker_answers

REPORT = ("GET", "/report")
LOOKS = 24  # requests that look for workers behind an address
NOTHING_TO_COUNT = 'no {"count": n} to compare, so nothing is said of what is missing'
Counts = dict[int | None, int]  # the count that each worker reports, by its process id
PATIENCE_S = 2.0  # for finding an order of the responses


@dataclass(frozen=True)
class Wanted:
    """How many requests, from how many clients, of what kind."""

    requests: int
    clients: int
    connections: str
    kinds: tuple[str, ...]
    timeout: float

    @property
    def sent(self) -> list[tuple[str, str] | tuple[str, str, object]]:
        """The requests, the kinds in turn."""
        kinds = [one_request(text) for text in self.kinds or ("POST /increment",)]
        if any(k.headers or k.form or k.parts or k.raw for k in kinds):
            advice = "write METHOD /path {JSON}; `workerlab explore` sends headers and forms, too"
            raise BadUsage("a burst sends no headers and no forms", advice)
        one: list[tuple[str, str] | tuple[str, str, object]] = [
            (k.method, k.path) if k.body is None else (k.method, k.path, k.body) for k in kinds
        ]
        return [one[n % len(one)] for n in range(self.requests)]


@dataclass(frozen=True)
class Seen:
    """A burst's history, the workers' reports before and after it, and the conclusions."""

    history: History
    words: list[str]
    first_illegal: object


def send(
    target: str,
    wanted: Wanted,
    with_: tuple[str, ...],
    options: dict[str, Any],
    doing: Callable[[str], None],
) -> Seen:
    """Send a burst to an address, or to an app that is served for as long as it takes.

    Raises BadUsage, AppDidNotStart or NotReady; also when there is no response as asked.
    """
    sent = wanted.sent
    with ExitStack() as stack:
        place: Server | str = target
        if not target.startswith(("http://", "https://")):
            doing("starting the workers")
            private = stack.enter_context(stores(list(with_), target))
            place = stack.enter_context(Server(target, env=private.env, **options))
        before = _reports(place)
        doing(f"sending {len(sent)} requests")
        policy = cast("Connections", wanted.connections)  # `burst` refuses another word
        history = burst(place, sent, wanted.clients, policy, wanted.timeout)
        _must_be_answered(target, history)
        return seen_in(history, before, _reports(place))


def _must_be_answered(target: str, history: History) -> None:
    if not history.answered:
        advice = "is it running? `workerlab serve APP` prints its address"
        message = f"none of {len(history)} requests to {target} was answered ({history[0].error})"
        raise NotReady(message, advice)
    if not any(event.ok for event in history):
        first = history.answered[0]
        advice = 'name a request that the app has: --request "METHOD /path"'
        raise BadUsage(f"{first.method} {first.path} was always answered {first.status}", advice)


def _reports(place: Server | str) -> Counts:
    """What each worker reports now; empty when there is no report that has a count."""
    try:
        if isinstance(place, str):
            looked = burst(place, [REPORT] * LOOKS, clients=LOOKS)
            reports = [(event.pid, event.output) for event in looked.answered if event.ok]
        else:
            reports = [*until_every_worker_answers(place, *REPORT, deadline=5.0).items()]
    except WorkerlabError:
        return {}
    counts = {pid: body.get("count") for pid, body in reports if isinstance(body, dict)}
    return {pid: count for pid, count in counts.items() if type(count) is int}


def seen_in(history: History, before: Counts, after: Counts) -> Seen:
    operations = counter_operations(history)
    if not operations or not before or not after:
        return Seen(history, [NOTHING_TO_COUNT], None)
    words = _counted(history, before, after)
    if len(set(before.values())) == 1:
        start = next(iter(before.values()))
        order = check(operations, MODELS["counter"].starting_at(start), PATIENCE_S)
        if order.ok is False:
            words.append(f"no order of the requests fits their answers: {order.reason}")
            return Seen(history, words, order)
    return Seen(history, words, None)


def _counted(history: History, before: Counts, after: Counts) -> list[str]:
    """The number of increments with a response, beside the counts that the workers report."""
    answered = [event for event in history if event.path == "/increment" and event.ok]
    words = [f"{counted(len(answered), 'increment')} answered"]
    reported = sorted(set(after.values()))
    if len(reported) > 1:
        words.append(f"the workers report different counts: {', '.join(map(str, reported[:8]))}")
    if any(event.path == "/reset" for event in history):
        return words
    counts = [body["count"] for body in map(_body, answered) if type(body.get("count")) is int]
    if twice := len(counts) - len(set(counts)):
        words.append(f"{twice} of them with a count that another one had been given, too")
    if len(reported) == 1 and len(set(before.values())) == 1:
        made = reported[0] - next(iter(before.values()))
        subject = "all workers report" if len(after) > 1 else "the report says"
        words.append(f"{subject} {made} more than before: {_difference(len(answered) - made)}")
    return words


def _body(event: Event) -> dict[str, Any]:
    return event.output if isinstance(event.output, dict) else {}


def _difference(missing: int) -> str:
    if missing > 0:
        return f"{missing} missing"
    return "none is missing" if missing == 0 else f"{-missing} more than were answered"
