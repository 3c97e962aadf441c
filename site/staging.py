"""Gather what the site is made of: every page where its source stands in the repository.

Sphinx reads one folder. So the chapters with their outputs, the labs' tasks, the guides and the
site's own pages are put into one, with links that work there.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
from level_pages import index_of, page_of_level
from links import page_of, rewritten
from nbformat import NotebookNode

from workerlab.draw import player
from workerlab.grading import manifest
from workerlab.levels.definitions import LEVELS
from workerlab.levels.level import load

ROOT = Path(__file__).parents[1]
PAGES = Path(__file__).parent / "pages"
GUIDES = ("INSTRUCTORS.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "README.md")
FIGURES = Path("notebooks/figures")
RECORDED = ROOT / "notebooks" / "data" / "levels"
TRACE = FIGURES / "traces" / "lost-update.json"
# The theme has its own previous and next, and a page is not on Colab.
ELSEWHERE = ("navigation-top", "navigation-bottom", "colab")
LEXERS = {".py": "python", ".toml": "toml", ".yml": "yaml"}


def stage(folder: Path, chapters: dict[Path, NotebookNode]) -> None:
    """Fill the folder anew. `chapters` are the notebooks, executed, by their paths.

    Raises FileNotFoundError when some page links to what the repository does not have.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PAGES, folder)
    labs = sorted(ROOT.glob("labs/*/README.md"))
    design = sorted(ROOT.glob("docs/design/**/*.md"))
    texts = [*labs, *design, *(ROOT / name for name in GUIDES)]
    figures = list((ROOT / FIGURES).glob("*.svg"))
    pages = {path.relative_to(ROOT) for path in (*chapters, *texts, *figures)}
    shown: set[Path] = set()

    def linked(markdown: str, path: Path) -> str:
        home = path.relative_to(ROOT).parent
        return rewritten(markdown, home, pages.__contains__, shown.add)

    for path, notebook in chapters.items():
        _put(folder / path.relative_to(ROOT), _chapter(path, notebook, linked))
    for figure in figures:
        _put(folder / figure.relative_to(ROOT), figure.read_text(encoding="utf-8"))
    for path in texts:
        _put(folder / path.relative_to(ROOT), linked(path.read_text(encoding="utf-8"), path))
    for file in shown:
        _put(folder / page_of(file), _listing(file))
    _put(folder / "player.html", _front_player())
    _put_levels(folder)
    _put(folder / "labs-table.md", _table_of([path.parent for path in labs]))


def _put(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def _chapter(path: Path, notebook: NotebookNode, linked: Callable[[str, Path], str]) -> str:
    notebook.cells = [cell for cell in notebook.cells if cell.id not in ELSEWHERE]
    # The state of widgets, which nobody can move without a kernel.
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = linked(cell.source, path)
    # Where the repository lies on the machine that built the site is nobody's business.
    return nbformat.writes(notebook).replace(f"{json.dumps(str(ROOT))[1:-1]}/", "")


def _front_player() -> str:
    """The lost update of the front page, to be stepped through: a trace that was recorded."""
    return player(json.loads((ROOT / TRACE).read_text(encoding="utf-8"))).html


def _put_levels(folder: Path) -> None:
    """A page for each level, and the list of them, which the page `levels` takes."""
    levels = [load(one.name, RECORDED) for one in LEVELS]
    for level, after in zip(levels, [*levels[1:], None], strict=True):
        page, html = page_of_level(level, after)
        _put(folder / "levels" / f"{level['name']}.md", page)
        _put(folder / "levels" / f"{level['name']}.html", html)
    _put(folder / "levels-index.html", index_of(levels))


def _table_of(labs: list[Path]) -> str:
    rows = []
    for lab in map(manifest.read, labs):
        edits = ", ".join(f"`{name}`" for name in lab.edits)
        chapter = f"[{lab.notebook[:2]}](notebooks/{lab.notebook})"
        rows.append(f"| {chapter} | [{lab.title}](labs/{lab.name}/README.md) | {edits} |")
    return "\n".join(["| chapter | lab | you edit |", "|---|---|---|", *rows, ""])


def _listing(shown: Path) -> str:
    """A page with the file, or with all files of the folder."""
    place = ROOT / shown
    parts = ["---", "orphan: true", "---", f"# {shown}", ""]
    if place.is_dir():
        for file in sorted(path for path in place.iterdir() if path.is_file()):
            parts += [f"## {file.name}", "", *_code(file)]
    else:
        parts += _code(place)
    return "\n".join(parts)


def _code(file: Path) -> list[str]:
    text = file.read_text(encoding="utf-8").rstrip()
    return [f"`````{LEXERS.get(file.suffix, 'text')}", text, "`````", ""]
