"""The journal of a scout: what it is about, then one answer on each line, flushed as it comes.

A scout that is stopped leaves at most half a line at the end, which is passed over.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import cast

from workerlab.errors import BadUsage
from workerlab.scouting.records import SCHEMA, Answer, Survey

SAME = (
    "app", "source", "workers", "runner", "seed", "stores", "trace_into", "app_dir", "python", "env",
    "env_file", "forms", "migrate", "reset_command", "in_place",
)  # fmt: skip
"""What must not have changed when a scout is gone on with."""
WORDS = {"source": "its description or files", "forms": "its --as", "env": "its settings"}
HELP = "begin anew: the same command without --resume"


class Journal:
    """Answers on disk.

    path      None for a scout that keeps none
    answers   those that it had when it was opened
    """

    def __init__(self, path: Path | None, about: Survey, *, resume: bool = False) -> None:
        """Raises BadUsage for a journal of something else, or a place that cannot be written."""
        self.path = path
        self.answers: list[Answer] = []
        if path is None:
            return
        if resume:
            self.answers = read(path, about)
        elif path.exists():
            self._write_over(path.replace, path.with_name(path.name + ".old"))
        lines = [about, *self.answers]
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        text = "".join(json.dumps(line) + "\n" for line in lines)
        self._write_over(draft.write_text, text)
        self._write_over(draft.replace, path)

    def _write_over(self, write: object, *arguments: object) -> None:
        try:
            write(*arguments)  # type: ignore[operator]
        except OSError as error:
            advice = "name a place that you may write: --journal FILE"
            raise BadUsage(f"cannot write {self.path}: {error.strerror}", advice) from error

    def add(self, answer: Answer) -> None:
        """Append an answer, whole, before the next question is asked."""
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(answer) + "\n")


def read(path: Path, about: Survey) -> list[Answer]:
    """The answers of a journal of the same app. Raises BadUsage when it is none."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise BadUsage(f"cannot read the journal {path}: {error.strerror}", HELP) from error
    records = [*map(_record, lines)]
    head = records[0] or {}
    if head.get("schema") != SCHEMA:
        raise BadUsage(f"{path} is not the journal of a scout", HELP)
    for key in SAME:
        if head.get(key) != about.get(key):
            what = WORDS.get(key, f"its {key.replace('_', '-')}")
            raise BadUsage(f"{path} is about something else: {what} differ from now", HELP)
    return [cast(Answer, one) for one in records[1:] if one and "pair" in one and "status" in one]


def _record(line: str) -> dict[str, object] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
