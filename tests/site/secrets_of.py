"""What no page may tell: lines of the solutions, sentences of their WHY.md, and the hints.

Only what is distinctive counts. A line that a starter, a notebook, a README or the harness has as
well gives nothing away.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from executed import ROOT

from workerlab.grading.api import checks_of
from workerlab.grading.manifest import all_labs

SHORTEST = 24  # signs that count; a shorter line says too little
SENTENCE = re.compile(r"(?<=[.?!:])\s+|\n+|\|")  # or a cell of a table
OPEN = (
    "labs/**/*",
    "notebooks/**/*.py",
    "notebooks/*.ipynb",
    "src/**/*.py",
    "*.md",
    "site/**/*.md",
    "docs/design/**/*.md",
)


def squeezed(text: str) -> str:
    """Without what a page may show in another way: white space, quotes, and Markdown's marks."""
    return re.sub(r"[\s\"'`“”‘’*_\\\[\]]", "", text.replace("…", "..."))


def solutions() -> list[Path]:
    return sorted(path for path in (ROOT / "solutions").glob("*/*") if path.is_file())


def lines_of(path: Path) -> set[str]:
    """The distinctive lines of a solution, or sentences of a WHY.md, squeezed."""
    text = path.read_text(encoding="utf-8")
    return _distinctive(SENTENCE.split(text) if path.suffix == ".md" else text.splitlines())


def hints() -> set[str]:
    """The distinctive sentences of all hints of all checks, squeezed."""
    told = [hint for lab in all_labs() for info in checks_of(lab) for hint in info.hints]
    return _distinctive(sentence for hint in told for sentence in SENTENCE.split(hint))


def _distinctive(lines) -> set[str]:
    found = {squeezed(line) for line in lines}
    return {line for line in found if len(line) >= SHORTEST and line not in _open()}


@cache
def _open() -> str:
    paths = {path for pattern in OPEN for path in ROOT.glob(pattern) if path.is_file()}
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in sorted(paths))
    # A notebook is JSON: a line break in it is two signs.
    return squeezed("\n".join(texts).replace("\\n", "\n"))
