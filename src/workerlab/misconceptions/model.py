"""A mental model that people have of a service, as data and as a world that can be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Concatenate, ParamSpec

from workerlab.misconceptions.world import World

P = ParamSpec("P")


@dataclass(frozen=True)
class Misconception:
    """One idea that is wrong, and what it foretells.

    name      a slug, as a test or a table names it
    says      the idea, in one sentence that somebody who has it would say
    question  what to ask a person who has it
    rule      which field of World it replaces, and `instead`, by what
    mutants   two wrong answers to labs, as "lab/name", that somebody with this idea writes
    schedule  the steps of a losing run, in order
    help      what is so, in one or two sentences
    """

    name: str
    says: str
    question: str
    rule: str
    instead: Any
    mutants: tuple[str, str]
    schedule: tuple[str, ...]
    help: str

    @property
    def world(self) -> World:
        """The world as this idea has it. Of a rule that is a table, `instead` changes some rows."""
        instead = self.instead
        if isinstance(instead, dict):
            instead = getattr(World(), self.rule) | instead
        return replace(World(), **{self.rule: instead})


@dataclass(frozen=True)
class Situation:
    """Something that is about to happen, with its numbers: each world has an answer to it."""

    name: str
    answer: Callable[[World], object]


def situation(
    work_out: Callable[Concatenate[World, P], object],
) -> Callable[P, Situation]:
    """Make a function of a world and some numbers into one that takes the numbers first."""

    def of(*numbers: P.args, **named: P.kwargs) -> Situation:
        return Situation(work_out.__name__, lambda world: work_out(world, *numbers, **named))

    of.__name__, of.__doc__ = work_out.__name__, work_out.__doc__
    of.__module__, of.__qualname__ = work_out.__module__, work_out.__qualname__
    return of


@dataclass(frozen=True)
class Option:
    """An answer to choose, and the ideas that lead to it; none lead to the right one."""

    answer: object
    models: tuple[Misconception, ...]


def options(asked: Situation, catalogue: Iterable[Misconception]) -> list[Option]:
    """The right answer first, then each other one that an idea of the catalogue leads to."""
    right = asked.answer(World())
    wrong: list[Option] = []
    for model in catalogue:
        answer = asked.answer(model.world)
        same = next((at for at, one in enumerate(wrong) if one.answer == answer), None)
        if answer == right:
            continue
        if same is None:
            wrong.append(Option(answer, (model,)))
        else:
            wrong[same] = Option(answer, (*wrong[same].models, model))
    return [Option(right, ()), *wrong]
