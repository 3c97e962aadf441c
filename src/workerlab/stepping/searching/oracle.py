"""Judges one schedule: are its responses an outcome of the sequential model?

Expected outcomes are not written down. They come from running the model over every order of
the requests that respects real time.
"""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from workerlab.evidence import for_readers
from workerlab.history import Event, History
from workerlab.linearizability.check import check
from workerlab.models.base import Model, Op
from workerlab.models.counter import COUNTER_REQUESTS, counter, counter_operations
from workerlab.models.registry import MODELS
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.invariants import broken
from workerlab.stepping.program import LISTENS, START, Program, Request
from workerlab.stepping.searching.nearest import fields_that_differ
from workerlab.stepping.searching.reference import Reference
from workerlab.stepping.searching.refusals import REFUSALS, TOO_LATE

HEARD = (101, 200)  # a client that listens was taken
WIDEST, CUT = 80, "…"  # characters of a body in words, and what stands for the rest
FORGIVEN = (
    "a request whose time-to-live ran out may be refused "
    f"({', '.join(map(str, TOO_LATE))}) and change nothing, or fail when it has counted"
)


@dataclass(frozen=True)
class Violation:
    """The violation of a schedule: its actual and its expected outcome.

    kind   of fault, in a sentence; "" where the two say it
    """

    expected: str
    actual: str
    kind: str = ""


def begins_with_a_report(program: Program) -> bool:
    """Whether a counter is asked first where it stands, since nothing resets it."""
    return program.model == counter.name and [*map(_operation, program.before[:1])] == [("report",)]


def model_of(program: Program, history: History) -> Model[Any]:
    """The model of the history: a counter that is asked first begins at its response."""
    model = MODELS[program.model]
    if begins_with_a_report(program):
        first = next(iter(counter_operations(history[:1])), None)
        if first is not None and type(first.output) is int:
            return model.starting_at(first.output)
    return model


def response_in_words(event: Event, *, whole: bool = False) -> str:
    """A response in a few words: its count, or its status and body.

    whole   all of it is compared, so that a count beside something else does not say enough
    """
    if event.unknown:
        return f"no answer ({event.error})" if event.error else "no answer"
    text = event.output
    if event.ok and isinstance(text, dict) and "count" in text and not (whole and len(text) > 1):
        return json.dumps(text["count"])
    if event.method in LISTENS and event.status in HEARD:
        return json.dumps(text, ensure_ascii=False)
    body = for_readers(text if isinstance(text, str) else json.dumps(text, ensure_ascii=False))
    return f"{event.status} {body if len(body) <= WIDEST else body[: WIDEST - 1] + CUT}"


def said_in_full(event: Event) -> str:
    """A response of which all is compared, in a few words."""
    return response_in_words(event, whole=True)


def responses_in_words(history: History, program: Program) -> str:
    """All responses: "A is answered 1, B is answered 1, report says 1 (2 times)"."""
    words, whole = [], program.model == "serial"
    for event in history:
        said = response_in_words(event, whole=whole)
        if event.method == START and event.ok:
            continue
        if event.client in program.names:
            words.append(f"{event.client} is answered {said}")
        elif event.method in LISTENS:
            words.append(f"a {event.client} hears {said}")
        elif event.client != "-":
            words.append(f"{event.path.strip('/')} says {said}")
    counted = [(said, len([*same])) for said, same in itertools.groupby(words)]
    return ", ".join(f"{said} ({n} times)" if n > 1 else said for said, n in counted)


@dataclass
class Oracle:
    """Checks histories of a program against its model.

    For the model "serial" the app itself is the specification: its `reference` has its responses
    when requests run one after the other, and any other outcome is a loss.
    """

    program: Program
    reference: Reference | None = None

    @property
    def needs_serial_runs(self) -> bool:
        return self.program.model == "serial"

    @property
    def model(self) -> Model[Any]:
        return MODELS[self.program.model]

    def violation_of(self, trace: Trace) -> Violation | None:
        """The violation of a schedule, in which times-to-live may have run out.

        Then a request may be refused, since it has lost its lease. It may also fail when it has done
        its work, since it cannot give back what it no longer holds. Nothing else is forgiven.
        """
        if not trace.expired:
            return self.violation(trace.history)
        found = self.violation(trace.history)
        if found and self.needs_serial_runs:
            return None if self._some_run_allows(trace.history) else found
        if found is None or any(not self.violation(one) for one in self._forgiven(trace.history)):
            return None
        if all(event.ok for event in trace.history):
            return found
        return replace(found, expected=f"{self._orders()}; {FORGIVEN}")

    def _orders(self) -> str:
        known = self.program.model == "counter" and not begins_with_a_report(self.program)
        return expected_outcomes(self.program) if known else "one order fits all answers"

    def _some_run_allows(self, history: History) -> bool:
        assert self.reference is not None  # it was learned before the search
        own = [event for event in history if event.client in self.program.names]
        if any(event.unknown for event in history):
            return False
        refused = {str(event.client) for event in own if event.status in REFUSALS}
        failed = {str(event.client) for event in own if (event.status or 0) >= 500} - refused
        allows = self.reference.allows_with_expiries
        return allows(history, refused, failed) or allows(history, (), failed)

    def _forgiven(self, history: History) -> Iterator[History]:
        """The history as it is when lost leases are no fault of a request's."""
        ways: list[list[Event | None]] = []
        for event in history:
            late = event.client in self.program.names and not event.unknown
            if late and event.status in TOO_LATE:
                ways.append([None])
            elif late and (event.status or 0) >= 500:
                counts = range(1, len(history) + 1)
                ways.append([replace(event, status=200, output={"count": n}) for n in counts])
            else:
                ways.append([event])
        for chosen in itertools.product(*ways):
            yield History(event for event in chosen if event is not None)

    def violation(self, history: History) -> Violation | None:
        """The violation of this history, or None when it is an allowed outcome."""
        for event in history:
            if event.unknown or (event.status or 500) >= 500:
                return self._no_response(history, event)
        if self.needs_serial_runs:
            return self._against_serial(history)
        for event in history:
            if not (event.ok or self.model.refuses):
                return self._no_response(history, event)
        return self._against_model(history)

    def _no_response(self, history: History, event: Event) -> Violation:
        asked = f"{event.method} {event.path}"
        expected = f"every request gets {'a response' if event.unknown else '200'}; {asked} did not"
        if usual := self._usual_statuses(event):
            expected = f"one after the other, {asked} gets {' or '.join(map(str, usual))}"
        return Violation(expected, responses_in_words(history, self.program))

    def _usual_statuses(self, event: Event) -> list[int]:
        """What the app itself answers this request with, one request after the other."""
        runs = self.reference.outcomes if self.reference else []
        return sorted(
            {one.status for run in runs for one in run if one.client == event.client and one.status}
        )

    def _against_serial(self, history: History) -> Violation | None:
        assert self.reference is not None  # it was learned before the search
        if self.reference.allows(history):
            return None
        actual = responses_in_words(history, self.program)
        if why := broken(self.program, history):
            return Violation(why, actual)
        outcomes = sorted({outcome_in_words(run) for run in self.reference.outcomes})
        one = "the one outcome" if len(outcomes) == 1 else f"the {len(outcomes)} outcomes"
        expected = f"one after the other, in any order, these requests have {one}:"
        if headers := self.reference.wrong_headers(history):
            return Violation(headers, actual)
        nearest = fields_that_differ(self.reference, history) if CUT in actual else ""
        return Violation(f"{expected} {' or '.join(outcomes)}{nearest}", actual)

    def _against_model(self, history: History) -> Violation | None:
        model = model_of(self.program, history)
        result = check(model.read(history), model)
        if result.ok is not False:
            return None
        if self.program.model == "counter":
            expected = expected_outcomes(self.program, model)
            return Violation(expected, responses_in_words(history, self.program))
        expected = f"one order of the requests fits all answers; here {result.reason}"
        return Violation(expected, responses_in_words(history, self.program))


def outcome_in_words(history: History) -> str:
    """Statuses and bodies of the program's requests and of the last requests."""
    answers = [f"{e.client}: {said_in_full(e)}" for e in history if e.client != "-"]
    return ", ".join(dict.fromkeys(answers))  # equal responses are named once


def expected_outcomes(program: Program, model: Model[Any] | None = None) -> str:
    """The outcomes of every order of the requests, in words."""
    outcomes = []
    model = model or MODELS[program.model]
    beginning = model.initial
    for request in program.before:
        if operation := _operation(request):
            beginning, _ = model.apply(beginning, operation)
    for order in itertools.permutations(range(len(program.requests))):
        answers: dict[int, object] = {}
        state = beginning
        for index in order:
            if operation := _operation(program.requests[index]):
                state, answers[index] = model.apply(state, operation)
        reports = []
        for request in program.after:
            if operation := _operation(request):
                state, output = model.apply(state, operation)
                reports.append(f"{request.path.strip('/')} {output}")
        own = [f"{program.names[index]} {answers[index]}" for index in sorted(answers)]
        outcome = ", ".join([*own, *dict.fromkeys(reports)])  # the same of every worker: once
        if outcome not in outcomes:
            outcomes.append(outcome)
    known = f"the count was {model.initial} before; " if begins_with_a_report(program) else ""
    return known + "every order gives " + " or ".join(outcomes[:6])


def _operation(request: Request) -> Op | None:
    """The operation of a request on the counter; None for one that the model does not know."""
    return COUNTER_REQUESTS.get((request.method, request.path))
