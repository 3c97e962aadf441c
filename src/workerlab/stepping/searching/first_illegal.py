"""The first response that fits no order of the requests."""

from dataclasses import replace

from workerlab.history import Event, History
from workerlab.linearizability.check import check
from workerlab.models.registry import MODELS
from workerlab.stepping.program import Program
from workerlab.stepping.searching.oracle import model_of


def first_illegal_response(program: Program, history: History) -> Event | None:
    """The first response that leaves no legal order of the requests.

    The responses are checked in the order in which they came; a request that is under way then may
    take effect later or never. None when every response fits, or when there is no model.
    """
    if program.model not in MODELS:
        return None
    model = model_of(program, history)
    answered = [event for event in history if not event.unknown]
    for event in sorted(answered, key=lambda event: event.ended):
        if (event.status or 500) >= 500 or not (event.ok or model.refuses):
            return event
        if check(model.read(_until(history, event.ended)), model).ok is False:
            return event
    return None


def _until(history: History, moment: float) -> History:
    """The history as it was known at that moment."""
    begun = (event for event in history if event.called <= moment)
    return History(event if event.ended <= moment else _under_way(event) for event in begun)


def _under_way(event: Event) -> Event:
    return replace(event, returned=None, status=None, output=None)
