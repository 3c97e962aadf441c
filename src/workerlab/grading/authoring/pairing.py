"""Do the trees of a lab fit together? Their problems, one sentence each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workerlab.errors import WorkerlabError
from workerlab.grading.api import CheckInfo, checks_of
from workerlab.grading.manifest import Manifest, root

HINTS = 3
WORDS = 2  # of a report, at least: one word names no kind of fault


@dataclass(frozen=True)
class Answer:
    """A submission with a known outcome.

    `dies_by` is the check that must fail; "" for an odd answer that is right. `says` are words of
    the first line that this check must report; "" where any will do.
    """

    name: str
    folder: Path
    dies_by: str
    what: str
    says: str = ""


def solution_of(lab: Manifest) -> Path:
    return root() / "solutions" / lab.name


def mutants_of(lab: Manifest) -> Path:
    return root() / "tests" / "mutants" / lab.name


def answers_of(lab: Manifest) -> list[Answer]:
    """The mutants and odd-but-right answers that mutants.toml lists and that have a folder."""
    folder = mutants_of(lab)
    return [
        Answer(
            name,
            folder / name,
            _text(entry, "dies_by"),
            _text(entry, "fault", "right"),
            _text(entry, "says"),
        )
        for name, entry in _listed(folder).items()
        if (folder / name).is_dir() and isinstance(entry, dict)
    ]


def _text(entry: dict[str, Any], *keys: str) -> str:
    return next((str(entry[key]) for key in keys if entry.get(key)), "")


def _listed(folder: Path) -> dict[str, Any]:
    try:
        return tomllib.loads((folder / "mutants.toml").read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError):
        return {}


def problems(lab: Manifest) -> list[str]:
    """Everything in which the lab's trees do not match."""
    return [*_of_the_lab(lab), *_of_the_solution(lab), *_of_the_checks(lab), *_of_the_mutants(lab)]


def _of_the_lab(lab: Manifest) -> Iterator[str]:
    if lab.name != lab.folder.name:
        yield f"lab.toml says {lab.name!r}, its folder is {lab.folder.name!r}"
    for name in ("README.md", *lab.edits):
        if not (lab.folder / name).is_file():
            yield f"labs/{lab.name}/{name} is missing"
    if lab.notebook and not (root() / "notebooks" / lab.notebook).is_file():
        yield f"lab.toml names notebooks/{lab.notebook}, which is not there"


def _of_the_solution(lab: Manifest) -> Iterator[str]:
    for name in ("WHY.md", *lab.edits):
        if not (solution_of(lab) / name).is_file():
            yield f"solutions/{lab.name}/{name} is missing"


def _of_the_checks(lab: Manifest) -> Iterator[str]:
    try:
        infos = checks_of(lab)
    except WorkerlabError as error:
        yield str(error)
        return
    ids = [info.id for info in infos]
    for twice in sorted({id_ for id_ in ids if ids.count(id_) > 1}):
        yield f"two checks are called {twice}"
    for info in infos:
        yield from _of_a_check(info)
    points = round(sum(info.points for info in infos), 2)
    if points != lab.points:
        yield f"the checks have {points:g} points together, lab.toml says {lab.points:g}"
    if not any(info.quick for info in infos):
        yield "no check is quick"


def _of_a_check(info: CheckInfo) -> Iterator[str]:
    if len(info.hints) != HINTS or not all(hint.strip() for hint in info.hints):
        yield f"{info.id} has {len(info.hints)} hints, not {HINTS}"
    if not info.title.strip():
        yield f"{info.id} has no title"


def _of_the_mutants(lab: Manifest) -> Iterator[str]:
    folder, where = mutants_of(lab), f"tests/mutants/{lab.name}"
    try:
        listed = tomllib.loads((folder / "mutants.toml").read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        yield f"{where}/mutants.toml cannot be read: {error}"
        return
    there = {path.name for path in folder.iterdir() if path.is_dir() and path.name[0] not in "._"}
    yield from (f"{where}/{name} is not in mutants.toml" for name in sorted(there - set(listed)))
    yield from (f"{where}/{name} is not there" for name in sorted(set(listed) - there))
    try:
        known = {info.id for info in checks_of(lab)}
    except WorkerlabError:
        return  # reported already
    for name, entry in listed.items():
        if not isinstance(entry, dict) or ("dies_by" in entry) == ("right" in entry):
            yield f"mutants.toml: {name} needs one of dies_by and right"
        elif "dies_by" in entry and entry["dies_by"] not in known:
            yield f"mutants.toml: {name} dies by {entry['dies_by']!r}, which is no check"
        elif "says" in entry and ("right" in entry or len(str(entry["says"]).split()) < WORDS):
            yield f"mutants.toml: {name} says {entry['says']!r}; two words of a failure are needed"
    kinds = [bool(answer.dies_by) for answer in answers_of(lab)]
    if kinds.count(True) < lab.least_mutants:
        yield f"{kinds.count(True)} mutants; there must be {lab.least_mutants}"
    if kinds.count(False) < lab.least_rights:
        yield f"{kinds.count(False)} odd-but-right answers; there must be {lab.least_rights}"
