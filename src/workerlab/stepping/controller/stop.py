"""Where a worker has stopped: a place in the app's own lines, and what it has in hand there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from workerlab.bounded_json import loaded
from workerlab.stepping.controller.source_lines import Sources


@dataclass(frozen=True)
class Stop:
    """A gate that a task has reached: where it is, and (when asked to explain) the values.

    source   the line as the student wrote it, without its indentation
    """

    thread: int
    offset: int
    line: int
    kind: str
    function: str
    file: str
    resumes: bool = False  # held after an await, not before an instruction
    details: dict[str, Any] = field(default_factory=dict, compare=False)
    source: str = field(default="", compare=False)

    @classmethod
    def parse(cls, word: str, fields: list[str], sources: Sources) -> Stop:
        """Read a `gate`, `resume` or `pass` message. Raises ValueError for any other message."""
        thread, offset, line, kind, function, file, details = fields[:7]
        values = loaded(details) if details else {}
        if not isinstance(values, dict):
            raise ValueError("the values of a step are reported by name")
        source = sources.line(file, int(line))
        if file.startswith("<"):
            source = f"line {int(line)} of a text that is run, in {function}"
        place = (int(thread), int(offset), int(line), kind, function, file)
        return cls(*place, word == "resume", values, source)
