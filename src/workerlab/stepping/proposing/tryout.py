"""Each operation tried once, alone: what a request of it needs, or why it cannot be asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from workerlab.history import Event
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.placeholders import is_like_an_id, renewed
from workerlab.stepping.program import Program, Request
from workerlab.stepping.proposing.description import FORMS, JSON, NONE, Operation
from workerlab.stepping.proposing.drafts import JUST_ENOUGH, LEFT_OUT, PLENTY, Draft
from workerlab.stepping.proposing.links import Links
from workerlab.stepping.proposing.values import BARE, DOCUMENTED, SMALL, NoValue, Taste
from workerlab.stepping.searching.last_exception import last_exception

MOST_HELPERS = 8
HOPELESS = frozenset({401, 403, None})  # nothing that comes before helps: who asks, or no response
NEEDS_MORE = frozenset(
    {400, 402, 404, 409, 410, 412, 422, 428, 500}
)  # something may be missing before
SIGN_IN_HELP = (
    'sign in (explore --sign-in "POST /token …", scout --header "Authorization: Bearer …")'
)


@dataclass(frozen=True)
class Ready:
    """How an operation is asked so that it does something.

    helpers   operations that must be asked before it
    number    what numbers are in the requests before: see `Draft`
    """

    taste: Taste = SMALL
    helpers: tuple[Operation, ...] = ()
    number: int = LEFT_OUT


@dataclass(frozen=True)
class NotReady:
    """Why an operation cannot be asked, in one line.

    lacks   whether another request before it might help
    """

    why: str
    lacks: bool = False


SIMPLE = (Ready(), Ready(DOCUMENTED), Ready(BARE))


@dataclass
class Tryout:
    """Tries operations on a server, each once; what it learns is kept."""

    stepped: SteppedServer
    links: Links
    headers: tuple[tuple[str, str], ...] = ()
    known: dict[Operation, Ready | NotReady] = field(default_factory=dict)
    _ids: dict[tuple[Operation, str], str] = field(default_factory=dict)
    _under_way: list[Operation] = field(default_factory=list)
    _logged: str = ""  # before the last requests

    def try_all(self, operations: list[Operation]) -> None:
        """Try operations; those that cannot be asked once more, when it is known what the others need."""
        for operation in operations:
            self.of(operation)
        lacking = [one for one, found in self.known.items() if isinstance(found, NotReady)]
        for operation in lacking:
            if self.known[operation].lacks:  # type: ignore[union-attr]
                del self.known[operation]
                self.of(operation)

    def of(self, operation: Operation) -> Ready | NotReady:
        """How an operation is asked, or why not. Tried when it is asked for first."""
        if operation in self.known:
            return self.known[operation]
        self._under_way.append(operation)
        try:
            found = self._tried(operation)
        finally:
            self._under_way.pop()
        if isinstance(found, Ready) or not self._under_way:
            self.known[operation] = found
        return found

    def draft(self, *operations: Operation, number: int = LEFT_OUT) -> Draft:
        """An empty draft for a question about these operations, with their helpers before it."""
        ready = [one for one in map(self.of, operations) if isinstance(one, Ready)]
        keys = next((one.taste for one in ready if one.taste.documented), SMALL)
        number = max([number, *(one.number for one in ready)])
        draft = Draft(self.links, self._id_of, self.taste, self.headers, number, keys)
        for helper in dict.fromkeys(helper for one in ready for helper in one.helpers):
            draft.prepare(helper)
        return draft

    def taste(self, operation: Operation) -> Taste:
        """Which values to take in a request of an operation."""
        ready = SMALL
        if operation not in self._under_way and operation.writes:
            found = self.of(operation)
            ready = found.taste if isinstance(found, Ready) else SMALL
        return replace(ready, partly=operation.method in ("PUT", "PATCH"))

    def _tried(self, operation: Operation) -> Ready | NotReady:
        if operation.body_type not in (JSON, NONE, *FORMS):
            return NotReady(f"it takes a body of {operation.body_type}, which is not asked yet")
        if operation.streams:
            return NotReady("its response is a stream, which does not end")
        failed: list[str] = []
        statuses: set[int | None] = set()
        for ready in self._ways(operation):
            if statuses & HOPELESS or (ready not in SIMPLE and not statuses & NEEDS_MORE):
                break
            try:
                event = self._alone(operation, ready)
            except NoValue as error:
                failed.append(str(error))
                continue
            if event.done:
                self.links.learn(operation, event.output)
                return ready
            statuses.add(event.status)
            failed.append(why_not(event, operation, self._log(event)))
        why = next((one for one in failed if not one.startswith("422")), failed[0])
        return NotReady(why, lacks=None not in statuses)

    def _ways(self, operation: Operation) -> Iterator[Ready]:
        """Ways to ask an operation, the simplest first; these alone for what is itself a helper."""
        yield from SIMPLE if self.links.description.has_lists(operation) else SIMPLE[:2]
        if len(self._under_way) > 1:
            return
        for reset in self.links.resets(operation):  # what it makes may be gone at each start
            again = reset.method != "DELETE" and reset != operation
            if again and isinstance(self.of(reset), Ready):
                yield replace(SIMPLE[0], helpers=(reset,))
        keys = self.links.keys(operation)
        makers = [one for one in self.links.description.writing if one.method != "DELETE"]
        helpers = [one for one in makers if one != operation and self.links.keys(one) & keys]
        for simple in SIMPLE:
            for helper in helpers[:MOST_HELPERS]:
                if isinstance(self.of(helper), Ready):
                    yield replace(simple, helpers=(helper,))
            for number in (JUST_ENOUGH, PLENTY):
                yield replace(simple, number=number)

    def _alone(self, operation: Operation, ready: Ready) -> Event:
        """The response to an operation after what it needs. Raises NoValue."""
        keys = ready.taste if ready.taste.documented else SMALL
        draft = Draft(self.links, self._id_of, self.taste, self.headers, ready.number, keys)
        for helper in ready.helpers:
            draft.prepare(helper)
        taste = replace(ready.taste, partly=operation.method in ("PUT", "PATCH"))
        request = draft.request(operation, taste)
        return self.events([*draft.before, request])[-1]

    def events(self, requests: list[Request]) -> list[Event]:
        """The responses to requests, one after the other on one worker."""
        self.stepped.begin_again()
        self._logged = self.stepped.server.log
        pid = self.stepped.workers[0]
        program, _ = renewed(Program((), tuple(requests)))
        talk, events = self.stepped.conversation(), []
        for number, request in enumerate(program.before):
            events.append(self.stepped.alone(talk.ready(request), "-", pid))
            talk.heard(f"before.{number}", request, events[-1])
        return events

    def _log(self, last: Event) -> str:
        """What the app has logged of the last requests, and not of others before them.

        An exception is logged after its response, and before the worker's next one.
        """
        if (last.status or 0) >= 500:
            pid = last.pid or self.stepped.workers[0]
            self.stepped.alone(Request("GET", "/openapi.json"), "-", pid)
        return self.stepped.server.log.removeprefix(self._logged)

    def _id_of(self, before: list[Request], creator: Operation, name: str) -> str:
        """The field of a creator's response that is its id. Raises NoValue."""
        if (creator, name) not in self._ids:
            event = self.events(before)[-1]
            if not event.done:
                why = why_not(event, creator, self._log(event))
                raise NoValue(f"it needs what {creator} makes, and that cannot be asked: {why}")
            field_ = id_in(event.output, name)
            if not field_:
                raise NoValue(f"it needs the id of what {creator} makes, whose response has none")
            self._ids[creator, name] = field_
        return self._ids[creator, name]

    def own_id(self, creator: Operation, name: str) -> str:
        """The field of a creator's response that is its id, where it is known; else ""."""
        draft = self.draft(creator)
        try:
            draft.prepare(creator)
            return self._id_of(draft.before, creator, name)
        except NoValue:
            return ""


def id_in(output: object, name: str) -> str:
    """The field of a response that is the id; "" for none.

    name   of the parameter that it is for

    >>> id_in({"name": "a", "id": 7}, "item_id"), id_in({"room": "blue"}, "room"), id_in([], "id")
    ('id', 'room', '')
    """
    if not isinstance(output, dict):
        return ""
    stem = name.removesuffix("_id").removesuffix("Id")
    likely = [
        name,
        "id",
        f"{stem}_id",
        f"{stem}Id",
        "_id",
        "uuid",
        stem,
        "key",
        "slug",
        "code",
        "name",
    ]
    scalars = {key for key, value in output.items() if isinstance(value, str | int)}
    found = next((one for one in likely if one in scalars), "")
    return found or next((one for one in output if one in scalars and is_like_an_id(one)), "")


def why_not(event: Event, operation: Operation, log: str) -> str:
    """Why a response is of no use, and what may help, in one line."""
    if event.unknown:
        return f"it gets no response, even alone ({event.error})"
    said = event.output if isinstance(event.output, str) else json.dumps(event.output)
    said = said if len(said) <= 120 else said[:119] + "…"
    match event.status:
        case 401 | 403:
            return f"{event.status}: {SIGN_IN_HELP}"
        case 422:
            return f"422: {_missing(event.output) or said}"
        case status if (status or 0) >= 500:
            return f"{status}, even alone{last_exception(log)}: no race; fix it first"
        case status:
            help_ = "sign in, or " if operation.secured else ""
            return f"{status} {said}: {help_}make first what it asks for (explore --before)"


def _missing(output: object) -> str:
    """The fields that FastAPI finds wrong: "body.amount: Field required"."""
    details = output.get("detail") if isinstance(output, dict) else None
    if not isinstance(details, list):
        return ""
    found = [
        f"{'.'.join(map(str, one.get('loc', ())))}: {one.get('msg', '')}"
        for one in details
        if isinstance(one, dict)
    ]
    return "; ".join(found[:3])
