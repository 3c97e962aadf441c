"""What a level asks, before it is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workerlab.levels.level import BREAK, DEFEND, Kind
from workerlab.stepping.program import TWO_WORKERS


@dataclass(frozen=True)
class Ended:
    """How a run ended, for the function that knows the goal.

    status    of each request, by its name; None when it has no response
    body      of each request
    left      the bodies of what was asked afterwards
    stuck     whether all that had no response waited for each other
    """

    status: dict[str, int | None]
    body: dict[str, Any]
    left: list[Any]
    stuck: bool


@dataclass(frozen=True)
class Candidate:
    """An app, by the name of its file without `.py`, and what is special about it."""

    app: str
    title: str = ""


@dataclass(frozen=True)
class Definition:
    """A level: which requests run at once on which app, and what is to happen, or must not.

    goal       in one sentence, to the learner
    reached    whether a run is what the goal asks for, or what must not be
    won        what has happened then, in a sentence; `missed`: what has happened else
    hint       where to look, without the answer
    lesson     what to take home
    stores     "redis", "postgres"
    expires    whether a time-to-live may run out, as a move
    kills      whether the worker of A may be killed, as a move; B is asked afterwards
    new        whether each run needs new workers, since they keep something in their memory
    """

    name: str
    title: str
    goal: str
    chapter: str
    candidates: tuple[Candidate, ...]
    requests: str
    reached: Callable[[Ended], bool]
    won: str
    missed: str
    hint: str
    lesson: str
    before: str = ""
    after: str = "GET /report"
    stores: tuple[str, ...] = ()
    placed: str = TWO_WORKERS
    expires: bool = False
    kills: bool = False
    new: bool = False

    @property
    def kind(self) -> Kind:
        return BREAK if len(self.candidates) == 1 else DEFEND
