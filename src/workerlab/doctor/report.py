"""Examine a machine: the findings, and how to get missing parts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError
from pathlib import Path

from workerlab.errors import BadUsage, WorkerlabError

WORKS, WEAK, ABSENT, MISSING = "works", "weak", "absent", "missing"
SIGNS = {
    WORKS: ("✔", "green"),
    WEAK: ("!", "yellow"),
    ABSENT: ("–", "dim"),
    MISSING: ("✘", "bold red"),
}
ADVICE = {WEAK: "better", ABSENT: "optional", MISSING: "help"}


class Weak(Exception):
    """It works, but a reader will notice: (the finding, a better value)."""


@dataclass(frozen=True)
class Examination:
    """`look` returns the finding in a few words, or raises; `advice` is how to get it."""

    name: str
    look: Callable[[], str]
    advice: str
    required: bool = True


@dataclass(frozen=True)
class Finding:
    """The result of an examination, in a few words, and its help."""

    name: str
    state: str
    found: str
    advice: str
    required: bool


def examine(examination: Examination) -> Finding:
    """Carry out one examination; an error in it is its finding."""
    name, required = examination.name, examination.required
    try:
        return Finding(name, WORKS, examination.look(), "", required)
    except Weak as weak:
        found, advice = weak.args
        return Finding(name, WEAK, found, advice, required)
    except WorkerlabError as error:
        found, advice = str(error), error.advice or examination.advice
    except PackageNotFoundError as error:
        found, advice = f"{error.name} is not installed", examination.advice
    except Exception as error:  # noqa: BLE001 (any error is a finding)
        message = str(error) or type(error).__name__
        found, advice = message.splitlines()[0], examination.advice
    return Finding(name, MISSING if required else ABSENT, found, advice, required)


def write(found: list[Finding], path: Path) -> None:
    """Write the findings as JSON. Raises BadUsage when the place cannot be written."""
    ready = all(finding.state != MISSING for finding in found)
    result = {
        "schema": "workerlab/doctor/v1",
        "ready": ready,
        "findings": [asdict(finding) for finding in found],
    }
    try:
        path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        advice = "name a file in a folder that you may write"
        raise BadUsage(f"cannot write {path}: {error.strerror}", advice) from error
