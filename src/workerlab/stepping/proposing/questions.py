"""Pairs of operations as questions: what runs at once, what comes before, and what is asked after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.program import Program, Request
from workerlab.stepping.proposing.description import Description, Operation
from workerlab.stepping.proposing.drafts import LEFT_OUT, PLENTY, Draft
from workerlab.stepping.proposing.links import Links
from workerlab.stepping.proposing.tryout import NotReady, Ready, Tryout
from workerlab.stepping.proposing.values import NoValue, Taste

MOST_LOOKS = 3
DIFFERENT, SAME, ENOUGH = "two of them", "the same twice", "enough for both"
REPLACES = ("PUT", "PATCH")


@dataclass(frozen=True)
class Pair:
    """Two operations that may run at the same moment; the same one twice, too."""

    one: Operation
    other: Operation

    def __str__(self) -> str:
        return f"{self.one} | {self.other}"


@dataclass(frozen=True)
class Question:
    """A pair as a program.

    kind     how the two requests differ
    resets   requests that may bring the app into the same state, to be tried before
    """

    pair: Pair
    kind: str
    program: Program
    resets: tuple[Request, ...] = field(default=())


class Questions:
    """All questions to one app.

    headers     go with every request
    signed_in   the requests by which the client has signed in
    """

    def __init__(
        self,
        stepped: SteppedServer,
        description: Description,
        headers: tuple[tuple[str, str], ...] = (),
        signed_in: tuple[Request, ...] = (),
    ) -> None:
        self.description, self.signed_in = description, signed_in
        self.links = Links(description)
        self.tryout = Tryout(stepped, self.links, headers)

    def pairs(self, operations: list[Operation]) -> list[Pair]:
        """Each operation with itself, then with each other one of its resource. Tries them all."""
        self.tryout.try_all(operations)
        selves = [Pair(one, one) for one in operations]
        others = [
            Pair(one, other)
            for index, one in enumerate(operations)
            for other in operations[index + 1 :]
            if self.links.related(one, other)
        ]
        return selves + others

    def not_ready(self, pair: Pair) -> str:
        """Why a pair cannot be asked, or ""."""
        for one in (pair.one, pair.other):
            if isinstance(found := self.tryout.of(one), NotReady):
                return found.why
        return ""

    def of(self, pair: Pair, kind: str) -> Question | None:
        """The question of this kind; None when there is none, or when it would be an earlier one."""
        try:
            number = PLENTY if kind == ENOUGH else LEFT_OUT
            draft = self.tryout.draft(pair.one, pair.other, number=number)
            first = draft.request(pair.one, self._one(pair.one))
            second = draft.request(pair.other, self._another(pair.other))
            if first == second:
                another = self._another(pair.other)
                another = replace(another, number=another.number + 1, second=True)
                second = draft.request(pair.other, another)
        except NoValue:
            return None
        if kind == SAME:
            if pair.one != pair.other or first == second:
                return None
            second = first
        after = self._looks(draft, pair)
        frame = (tuple(draft.before), tuple(after), "serial", self.signed_in)
        program = Program((first, second), *frame)
        return Question(pair, kind, program, tuple(self._resets(pair)))

    def _one(self, operation: Operation) -> Taste:
        """The taste of the first request: where it replaces something, by another number."""
        taste = self.tryout.taste(operation)
        return replace(taste, number=taste.number + (operation.method in REPLACES))

    def _another(self, operation: Operation) -> Taste:
        """The taste of the second request: other texts, and where it replaces, another value."""
        replaces = operation.method in REPLACES
        taste = replace(self._one(operation), letter="b", second=replaces)
        return replace(taste, number=taste.number + replaces)

    def _resets(self, pair: Pair) -> Iterator[Request]:
        for reset in self.links.resets(pair.one):
            if isinstance(self.tryout.of(reset), Ready):
                with suppress(NoValue):
                    yield self.tryout.draft().request(reset, self.tryout.taste(reset))

    def _looks(self, draft: Draft, pair: Pair) -> list[Request]:
        """The GETs that tell of what the pair has done: of single things first, then of all."""
        resources = {self.description.resource(one) for one in (pair.one, pair.other)}
        reads = not (pair.one.writes or pair.other.writes)  # … as far as its methods say
        own_looks: set[Request] = set()  # these may write, too: not asked if others are there
        found: dict[Request, bool] = {}
        for look in self.description.looking:
            own, near = self._own(look, pair), self.description.resource(look) in resources
            for request in draft.looks(look, own, anew=near):
                if look.names_in_path or near:
                    found[request] = bool(look.names_in_path)
                    own_looks |= {request} if reads and look in (pair.one, pair.other) else set()
        if not found.keys() - own_looks:
            for look in self.description.looking:
                if not own_looks or look not in (pair.one, pair.other):
                    found |= dict.fromkeys(draft.looks(look, {}), False)
        found = {one: kind for one, kind in found.items() if one not in own_looks} or found
        return sorted(found, key=lambda one: not found[one])[:MOST_LOOKS]

    def _own(self, look: Operation, pair: Pair) -> dict[str, list[object]]:
        """By the key of a thing that the pair itself makes: what stands for it in a look."""
        own: dict[str, list[object]] = {}
        for name in look.names_in_path:
            link = self.links.of_parameter(look, name)
            for letter, operation in (("A", pair.one), ("B", pair.other)):
                if operation == link.creator and (id_ := self.tryout.own_id(operation, name)):
                    own.setdefault(link.key, []).append(f"{{{letter}.{id_}}}")
        return own


def options_of(program: Program) -> list[str]:
    """The options of `workerlab explore` that ask a program."""
    before, after = (" | ".join(map(str, part)) for part in (program.before, program.after))
    frame = ["--model", program.model, "--before", before, "--after", after]
    if program.sign_in:
        frame += ["--sign-in", " | ".join(map(str, program.sign_in))]
    return [*frame, "--program", str(program)]
