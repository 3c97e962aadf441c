"""Write what all chapters have in common: the links between them, and the cell for Colab.

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
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

HERE = Path(__file__).parent
CONTENTS = "## Contents"
TOP, BOTTOM, TABLE, COLAB = "navigation-top", "navigation-bottom", "contents", "colab"

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

    def _find(self, pattern: str) -> str:
        for cell in self.notebook.cells:
            found = re.search(pattern, cell.source, flags=re.MULTILINE)
            if cell.cell_type == "markdown" and found:
                return found[1]
        raise SystemExit(f"{self.path.name}: no line looks like {pattern}")


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
    """Put the navigation into every notebook of the book, and the contents into the first."""
    for number, chapter in enumerate(book):
        before = book[number - 1] if number else None
        after = book[number + 1] if number + 1 < len(book) else None
        line = _navigation(before, book[0], after)
        _put(chapter.notebook, TOP, line, 0)
        _put(chapter.notebook, BOTTOM, f"---\n\n{line}", len(chapter.notebook.cells))
    _put(book[0].notebook, TABLE, _table(book), len(book[0].notebook.cells) - 1)


def _navigation(before: Chapter | None, first: Chapter, after: Chapter | None) -> str:
    links = [f"[← {before.title}]({before.path.name})"] if before else []
    links.append(f"[Contents]({first.path.name}#Contents)")
    links += [f"[{after.title} →]({after.path.name})"] if after else []
    return " | ".join(links)


def _table(book: list[Chapter]) -> str:
    rows = [f"- [{chapter.title}]({chapter.path.name}): {chapter.question}" for chapter in book]
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
    """Put the cell for Colab below the title of every chapter, folded up elsewhere."""
    for chapter in book:
        cells = chapter.notebook.cells
        cells[:] = [cell for cell in cells if cell.id != COLAB]
        place = next(at for at, cell in enumerate(cells) if cell.id == "title") + 1
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
