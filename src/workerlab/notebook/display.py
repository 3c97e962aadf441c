"""Two small things that a chapter needs: show a file, and watch processes go.

A file is shown as Markdown with a plain-text twin: Markdown follows the reader's theme, and the twin
is what a notebook that is not trusted yet, a terminal or a screen reader gets.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from workerlab.errors import BadUsage, NotReady
from workerlab.notebook.definitions import definitions
from workerlab.processes.tree import alive as still_running

POLL_S = 0.02


@dataclass(frozen=True)
class Page:
    """A display object: `html` where HTML is drawn, `text` everywhere else."""

    html: str
    text: str

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Shown:
    """A display object: `markdown` where Markdown is drawn, `text` everywhere else."""

    markdown: str
    text: str

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/markdown": self.markdown, "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text


def listing(path: str | Path, *names: str) -> Shown:
    """Show a Python file, named above its code; of `names`, if any, only those definitions.

    Raises BadUsage for a name that the file does not define at its top level.
    """
    code = Path(path).read_text(encoding="utf-8").rstrip()
    if names:
        code = "\n\n\n".join(_definition(code, name, path) for name in names)
    return Shown(f"**{path}**\n\n```python\n{code}\n```", f"# {path}\n{code}")


def _definition(code: str, name: str, path: str | Path) -> str:
    """The lines of a function, class or variable, decorators included."""
    if (found := definitions(code).get(name)) is None:
        raise BadUsage(f"{path} defines no {name}", "name what stands at the top level of the file")
    first, last = found
    return "\n".join(code.splitlines()[first : last + 1])


def gone(pids: Iterable[int], deadline: float = 15.0) -> float:
    """Wait until none of these processes runs any more; return the seconds that it took.

    `deadline` is in seconds. Raises NotReady, naming the processes, if one is still there then.
    """
    pids = list(pids)
    start = time.monotonic()
    while left := alive(pids):
        if time.monotonic() - start > deadline:
            raise NotReady(
                f"still running after {deadline:g} s: {left}",
                "stop them: kill -9 " + " ".join(map(str, left)),
            )
        time.sleep(POLL_S)
    return time.monotonic() - start


def alive(pids: Iterable[int]) -> list[int]:
    """Those of the processes that still run."""
    pids = list(pids)
    running = still_running(pids)  # without those that their parent has only to collect
    return [pid for pid in pids if pid in running]
