"""The one question to begin with, for a reader who has asked none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from workerlab.errors import BadUsage
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.program import TWO_WORKERS, Program, Request
from workerlab.stepping.proposing.asked_for import NoDescription, description_of
from workerlab.stepping.proposing.description import Description, Operation
from workerlab.stepping.proposing.framing import Framed, framed
from workerlab.stepping.proposing.questions import DIFFERENT, SAME, Pair, Question, Questions
from workerlab.stepping.proposing.signing_in import sign_in
from workerlab.stepping.proposing.tryout import NotReady
from workerlab.stepping.searching.search import Search
from workerlab.verdict import Verdict

COUNTER = {("POST", "/increment"), ("GET", "/report")}
MOST_TRIED = 12  # questions, before those that can be judged are enough
MOST_ANEW = 4  # questions for which the workers are started anew in each run
# So many questions are searched a little, each for some seconds and schedules, to choose one.
MOST_SEARCHED, SECONDS, SCHEDULES = 8, 0.4, 100
OWN_QUESTION = 'ask your own: --model serial --program "POST /x | POST /x" --after "GET /x"'


def proposed(
    stepped: SteppedServer, note: Callable[[str], None], signs_in: tuple[Request, ...] = ()
) -> Program | None:
    """A program for an app whose reader has named none; None for a counter, which has a usual one.

    Also None for an app that does not describe itself, or has no operation. Raises BadUsage when its
    description is broken, or when none of its operations can be asked.

    note      is told which operations could not be asked: no verdict says anything of these
    signs_in  the requests by which one client signs in; unless given, a new client does if it can
    """
    try:
        description = description_of(stepped)
    except NoDescription:
        return None
    if {(one.method, one.path) for one in description.operations} >= COUNTER:
        return None
    if signs_in:  # the question knows one client only, and needs no name for it
        signed_in = tuple(replace(one, client="") for one in signs_in)
        stepped.sign_in(signed_in)
    else:
        signed_in = sign_in(stepped, description)
    choice = Choice(stepped, description, signed_in)
    choice.look_among(choice.questions.pairs(sorted(description.writing, key=_promise)))
    choice.look_among(choice.of_writing_and_reading())
    choice.look_among(choice.of_reading())  # a GET may write, too
    if not choice.candidates:
        choice.look_with_new_workers()
    if best := choice.best():
        for operation, why in choice.not_asked():
            note(f"not asked: {operation}: {why}")
        return best
    if choice.why:
        said = f"no question could be made of the app's description: {choice.why}"
        raise BadUsage(said, OWN_QUESTION)
    return None


class Choice:
    """Questions to one app, as they are tried one after the other.

    candidates  those that can be judged
    why         what was in the way of the first that cannot
    """

    def __init__(
        self, stepped: SteppedServer, description: Description, signed_in: tuple[Request, ...] = ()
    ) -> None:
        self.stepped, self.description = stepped, description
        self._entrance = {_place(one) for one in signed_in}  # asked last: the app is behind it
        self.questions = Questions(stepped, description, signed_in=signed_in)
        self.candidates: list[Framed] = []
        self.why = ""
        self._lost: Program | None = None  # a question that needs no schedule to be lost
        self._blind: list[Framed] = []  # questions of which only an error would be seen
        self._goes_on: list[Question] = []  # perhaps since a worker's memory is not reset

    def of_writing_and_reading(self) -> list[Pair]:
        """Each GET with each operation of its resource that writes: what is read may be kept, or torn.

        The GET comes first: its worker, which may keep what it has read, is asked afterwards.
        """
        operations, related = self.description.looking, self.questions.links.related
        writing = [one for one in self.description.writing if one.method != "DELETE"]
        return [Pair(look, one) for one in writing for look in operations if related(one, look)]

    def of_reading(self) -> list[Pair]:
        """Each GET with itself."""
        operations = self.description.looking
        self.questions.tryout.try_all(operations)
        return [Pair(one, one) for one in operations]

    def look_among(self, pairs: Iterable[Pair]) -> None:
        """Try pairs until there are questions, and enough have been tried."""
        tried = 0
        for pair in pairs:
            if self._lost or (self.candidates and tried > MOST_TRIED):
                return
            if reason := self.questions.not_ready(pair):
                self.why = self.why or f"{pair.one}: {reason}"
                continue
            for kind in (DIFFERENT, SAME):
                if (question := self.questions.of(pair, kind)) is not None:
                    tried += 1
                    self._try(question)
                if self._lost:
                    return

    def not_asked(self) -> Iterator[tuple[Operation, str]]:
        """The operations that write and could not be asked, each with the reason."""
        for operation in self.description.writing:
            if operation.path in self._entrance:
                continue
            if isinstance(found := self.questions.tryout.of(operation), NotReady):
                yield operation, found.why

    def _try(self, question: Question) -> None:
        try:
            found = framed(self.stepped, question)
        except BadUsage as error:
            self.why = self.why or f"{question.pair}: {error}"
            return
        if _failed(found.verdict):
            self._lost = found.program
        elif found.is_judged:
            self.candidates.append(found)
        elif found.unseen:  # as it is of every GET that only reads
            if question.pair.other.writes or not self.description.writing:
                self._blind.append(found)
        else:
            if found.begins_otherwise:
                self._goes_on.append(question)
            said = found.verdict.message if found.verdict else f"{found.goes_on} is not reset"
            self.why = self.why or f"{question.pair}: {said}"

    def look_with_new_workers(self) -> None:
        """Once more, where it may be the memory of a worker that goes on."""
        again, self._goes_on = self._goes_on[:MOST_ANEW], []
        if self._lost or not again or not self.stepped.puts_back:
            return
        self.stepped.anew, self.why = True, ""
        for question in again:
            self._try(question)
            if self._lost:
                return
        self.stepped.anew = bool(self.candidates)

    def best(self) -> Program | None:
        """The question to begin with; None where there is none.

        Of those that need schedules it is one that loses, if some are tried for a moment; else one at
        a limit, where not both requests can succeed; else one that begins with a thing of its own.
        """
        if self._lost:
            return self._lost
        self.candidates.sort(key=self._rank)
        found_so_far = [*self.candidates, *self._blind]
        takes_long = self.stepped.anew or len(found_so_far) < 2
        for found in () if takes_long else found_so_far[:MOST_SEARCHED]:
            search = Search(
                self.stepped, found.program, seconds=SECONDS, schedules=SCHEDULES,
                reference=found.reference,
            )  # fmt: skip
            if _failed(search.run((TWO_WORKERS,))):
                return found.program
        first = next(iter(self.candidates if self.why else found_so_far), None)
        return first.program if first else None

    def _rank(self, one: Framed) -> tuple[bool, bool, bool]:
        at_the_entrance = any(_place(each) in self._entrance for each in one.program.requests)
        return at_the_entrance, not one.refuses, not one.program.before


def _place(request: Request) -> str:
    return request.path.partition("?")[0]


def _failed(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.status == "failed"


def _promise(operation: Operation) -> tuple[bool, bool]:
    """What is asked first: what is done to a thing that is there, and no removal."""
    return operation.method == "DELETE", not operation.names_in_path
