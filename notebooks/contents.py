"""Write what all chapters have in common: links, minutes and routes, and the cell for Colab.

    python notebooks/contents.py            write them into every chapter
    python notebooks/contents.py --check    change nothing; exit 1 if something would change

Run it after adding, removing or renaming a chapter, and when the project's address or its version
changes. It reads each chapter's title and question from the chapter itself, the address and the
version from pyproject.toml, and running it twice changes nothing more.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import nbformat
from nbformat import NotebookNode

HERE = Path(__file__).parent
CONTENTS = "## Contents"
TOP, BOTTOM, TABLE, COLAB = "navigation-top", "navigation-bottom", "contents", "colab"
MINUTES, ROUTES = "minutes", "routes"

WORD = re.compile(r"[^\W_][\w’'-]*")  # a name in code is a word, too
WORDS_A_MINUTE = 200
PREDICTING = 0.5  # minutes of thought for each prediction
RUNNING = (
    1.25  # minutes in which every cell of a chapter runs, as tests/notebooks/test_run.py asserts
)
SOON = ("01", "03", "08", "13")  # the bug, and the two usual fixes; 10 may stand for 08
INSTEAD = {"08": "10"}
OWN = "15"  # a service of one's own

# Colab opens one file, and has nothing else of this repository.
COLAB_CELL = """\
# On Colab: fetch this course and install it, once (two minutes). Everywhere else: nothing.
import os
import runpy
import sys

if "google.colab" in sys.modules and not os.path.isdir("apps"):
    source = {source}
    !test -d workerlab || git clone --quiet --depth 1 {{source}} workerlab
    %cd -q workerlab/notebooks
    runpy.run_path("../setup/colab.py", run_name="__main__")"""
ASK = 'os.environ.get("WORKERLAB_REPOSITORY") or input("The address of the repository: ")'


@dataclass(frozen=True)
class Chapter:
    path: Path
    notebook: NotebookNode

    @property
    def title(self) -> str:
        return self._find(r"^# (.+)$")

    @property
    def question(self) -> str:
        return self._find(r"^> \*\*The question\.\*\* (.+)$")

    @property
    def number(self) -> str:
        return self.path.name[:2]

    @property
    def minutes(self) -> int:
        """What it takes to read the text and the code, to predict, and to run every cell.

        Without the cells to write in, for which everybody takes a time of their own.
        """
        written = [
            cell
            for cell in self.notebook.cells
            if not self._is_generated(cell)
            and not {"task", "write"} & {*cell.metadata.get("tags", [])}
        ]
        read = sum(len(WORD.findall(_without_addresses(cell.source))) for cell in written)
        predictions = sum("predict" in cell.metadata.get("tags", []) for cell in written)
        return ceil(read / WORDS_A_MINUTE + predictions * PREDICTING + RUNNING)

    @property
    def to_write(self) -> str:
        """How many cells there are to write in, in words; "" if none."""
        cells = sum("write" in cell.metadata.get("tags", []) for cell in self.notebook.cells)
        number = ("", "one cell", "two cells", "three cells", "four cells", "five cells")[cells]
        return number and f", and {number} to write in"

    @staticmethod
    def _is_generated(cell: NotebookNode) -> bool:
        return bool({"navigation", COLAB} & {*cell.metadata.get("tags", [])})

    def _find(self, pattern: str) -> str:
        for cell in self.notebook.cells:
            found = re.search(pattern, cell.source, flags=re.MULTILINE)
            if cell.cell_type == "markdown" and found:
                return found[1]
        raise SystemExit(f"{self.path.name}: no line looks like {pattern}")


def _without_addresses(text: str) -> str:
    return re.sub(r"<[^<>\n]+>", "", re.sub(r"\]\([^)]*\)", "]", text))


def chapters(folder: Path = HERE) -> list[Chapter]:
    """All chapters, in the order of their numbers."""
    paths = sorted(folder.glob("[0-9][0-9]-*.ipynb"))
    return [Chapter(path, nbformat.read(path, as_version=4)) for path in paths]


def colab_cell(project: dict) -> str:
    """The cell that makes a chapter run on Colab; `project` is that table of pyproject.toml.

    With an address under `urls.Repository` it fetches the release. Without one it asks.
    """
    address = project.get("urls", {}).get("Repository")
    return COLAB_CELL.format(
        source=f'"--branch v{project["version"]} {address}"' if address else ASK
    )


def link_together(book: list[Chapter]) -> None:
    """Put navigation and minutes into every notebook, routes and contents into the first."""
    for number, chapter in enumerate(book):
        before = book[number - 1] if number else None
        after = book[number + 1] if number + 1 < len(book) else None
        line = _navigation(before, book[0], after)
        _put(chapter.notebook, TOP, line, 0)
        _put(chapter.notebook, BOTTOM, f"---\n\n{line}", len(chapter.notebook.cells))
        took = f"{chapter.minutes} minutes to read, predict and run"
        _put(chapter.notebook, MINUTES, f"*{took}{chapter.to_write}*", 2)
    _put(book[0].notebook, ROUTES, f"## Three routes\n\n{routes(book)}", 3)
    _put(book[0].notebook, TABLE, _table(book), len(book[0].notebook.cells) - 1)


def _navigation(before: Chapter | None, first: Chapter, after: Chapter | None) -> str:
    links = [f"[← {before.title}]({before.path.name})"] if before else []
    links.append(f"[Contents]({first.path.name}#Contents)")
    links += [f"[{after.title} →]({after.path.name})"] if after else []
    return " | ".join(links)


def routes(book: list[Chapter], folder: str = "") -> str:
    """Three ways through the course, as a table.

    folder   in which the chapters are, seen from the text: "" or "notebooks/"
    """
    by_number = {chapter.number: chapter for chapter in book}

    def link(number: str) -> str:
        return f"[{number}]({folder}{by_number[number].path.name})"

    def minutes(numbers: Sequence[str]) -> int:
        return sum(
            max(by_number[one].minutes for one in (number, INSTEAD.get(number, number)))
            for number in numbers
        )

    soon = ", ".join(
        link(number) + (f" (or {link(INSTEAD[number])})" if number in INSTEAD else "")
        for number in SOON
    )
    whole = minutes([*by_number])
    rows = [
        ("the bug and the two usual fixes", soon, f"{minutes(SOON)} minutes"),
        (
            "the whole course",
            f"{link(book[0].number)} to {link(book[-1].number)} in order, 16 after 03",
            f"{whole // 60} hours {whole % 60} minutes",
        ),
        ("only the tool, for a service of your own", link(OWN), f"{minutes([OWN])} minutes"),
    ]
    lines = [f"| {' | '.join(row)} |" for row in [("you want", "read", "it takes"), *rows]]
    lines.insert(1, "|---|---|---|")
    note = (
        "The times are for reading 200 words a minute, half a minute of thought at each prediction,"
        " and running every cell. The labs come on top."
    )
    return "\n".join([*lines, "", note])


def _table(book: list[Chapter]) -> str:
    rows = [
        f"- [{chapter.title}]({chapter.path.name}), {chapter.minutes} minutes: {chapter.question}"
        for chapter in book
    ]
    return "\n".join([CONTENTS, "", *rows])


def _put(notebook: NotebookNode, ident: str, source: str, place: int) -> None:
    """Set the text of the cell with this id, or insert such a cell at `place`."""
    for cell in notebook.cells:
        if cell.id == ident:
            cell.source = source
            return
    cell = nbformat.v4.new_markdown_cell(source, id=ident, metadata={"tags": ["navigation"]})
    notebook.cells.insert(place, cell)


def put_colab_cell(book: list[Chapter], source: str) -> None:
    """Put the cell for Colab below the minutes of every chapter, folded up elsewhere."""
    for chapter in book:
        cells = chapter.notebook.cells
        cells[:] = [cell for cell in cells if cell.id != COLAB]
        place = next(at for at, cell in enumerate(cells) if cell.id == MINUTES) + 1
        folded = {"jupyter": {"source_hidden": True}, "tags": [COLAB]}
        cell = nbformat.v4.new_code_cell(source, id=COLAB, metadata=folded)
        cells.insert(place, cell)


def main(arguments: list[str]) -> int:
    book = chapters()
    pyproject = HERE.parent / "pyproject.toml"
    link_together(book)
    put_colab_cell(book, colab_cell(tomllib.loads(pyproject.read_text("utf-8"))["project"]))
    changed = []
    for chapter in book:
        text = nbformat.writes(chapter.notebook) + "\n"
        if text != chapter.path.read_text(encoding="utf-8"):
            changed.append(chapter.path)
            if "--check" not in arguments:
                chapter.path.write_text(text, encoding="utf-8")
    for path in changed:
        print(f"{path.name}: {'is stale' if '--check' in arguments else 'written'}")
    return 1 if changed and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
