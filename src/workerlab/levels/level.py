"""A level as it is recorded: a small app, a goal, and every schedule of its requests as it really ran.

Schedules that begin alike are one branch of a tree until they part, so a level is small enough for
a page. Each node is what one choice led to, in the runs that made it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, TypedDict

from workerlab.errors import BadUsage

FOLDER = Path("data") / "levels"  # beside the notebooks
KILL = "X"  # the choice that kills the worker of A
Kind = Literal["break it", "defend it"]
BREAK: Kind = "break it"
DEFEND: Kind = "defend it"


class Did(TypedDict, total=False):
    """One thing that a choice led to."""

    task: str  # the request: "A"
    kind: str  # call, read, write, …, response, expired, killed
    line: int  # of the app; 0 for what is no line
    read: str
    wrote: str
    says: str  # the response, or what ran out; "up to" the await of this line, or "on behind" it


class Node(TypedDict, total=False):
    """The place to which some choices lead."""

    did: list[int]  # indices into `steps`: what the last choice led to
    waits: str  # the requests that wait for another one here: "B"
    next: dict[str, Node]  # by the request that moves next
    end: int  # index into `endings`, where no request can move any more


class Ending(TypedDict):
    """How some runs ended."""

    responses: dict[str, str]  # of each request: '200 {"count": 1}'; "no answer"
    left: list[str]  # what was asked afterwards, with its response
    reached: bool  # whether this is the goal, or the harm that must not be


class Variant(TypedDict):
    """An app, and all schedules of the requests on it."""

    title: str
    app: str  # the name of its file
    code: str
    schedules: int
    survives: bool  # whether no schedule does the harm
    steps: list[Did]
    endings: list[Ending]
    tree: Node


class Made(TypedDict):
    """The commit and the day of a recording."""

    commit: str
    day: str


class Level(TypedDict):
    """A level, with one variant to break, or several of which some can be defended."""

    made: Made
    name: str
    title: str
    kind: Kind
    goal: str
    chapter: str  # "03-lost-updates"
    requests: dict[str, str]  # "A": "POST /increment"
    placed: str  # "two workers" or "one worker"
    won: str
    missed: str
    hint: str
    lesson: str
    par: int | None  # the fewest switches that reach the goal; None where nothing is to be broken
    variants: list[Variant]


def load(name: str, folder: Path) -> Level:
    """The level of this name. Raises BadUsage when there is none."""
    path = folder / f"{name}.json"
    if not path.is_file():
        known = sorted(file.stem for file in folder.glob("*.json"))
        there = f"there are: {', '.join(known)}" if known else f"{folder} has no levels"
        raise BadUsage(f"there is no level {name!r}", there)
    level: Level = json.loads(path.read_text(encoding="utf-8"))
    return level


def as_json(level: Level) -> str:
    """The text of its file: a line for each part, so that a change can be read."""
    rows = []
    for key, value in level.items():
        if key == "variants":
            shown = ",\n".join(_variant(one) for one in level["variants"])
            rows.append(f' "variants": [\n{shown}\n ]')
        else:
            rows.append(f" {json.dumps(key)}: {_compact(value)}")
    return "{\n" + ",\n".join(rows) + "\n}\n"


def _variant(variant: Variant) -> str:
    rows = []
    for key, value in variant.items():
        if key in ("steps", "endings") and isinstance(value, list):
            inner = ",\n".join(f"    {_compact(one)}" for one in value)
            rows.append(f'   "{key}": [\n{inner}\n   ]')
        else:
            rows.append(f'   "{key}": {_compact(value)}')
    return "  {\n" + ",\n".join(rows) + "\n  }"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
