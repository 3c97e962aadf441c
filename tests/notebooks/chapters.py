"""The chapters as the tests read them, and what counts as a word, a line or a claim."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from workerlab.misconceptions import Situation, World, when

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
CHAPTERS = sorted(NOTEBOOKS.glob("[0-9][0-9]-*.ipynb"))

WORD = re.compile(r"[^\W_][\w’'-]*")
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?!\w)")
IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<target>[^)\s]+)\)")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
# A chapter's or a lab's own number, and the number of a listed answer, claim nothing.
NAMES = re.compile(r"\b(?:[Cc]hapter|[Ll]ab) \d\d\b|^\d+\. ", re.MULTILINE)


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def code(notebook: NotebookNode) -> list[NotebookNode]:
    """The code of a chapter: without the cell for Colab, and without those that a reader writes."""
    return [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and not {"colab", "write"} & {*tags(cell)}
    ]


def prose(notebook: NotebookNode) -> list[NotebookNode]:
    """The Markdown that a person wrote: without the generated navigation."""
    return [
        cell
        for cell in notebook.cells
        if cell.cell_type == "markdown" and "navigation" not in tags(cell)
    ]


def words(markdown: str) -> int:
    """The words that a reader reads: neither addresses nor tags."""
    return len(WORD.findall(re.sub(r"<[^<>]+>", "", re.sub(r"\]\([^)]*\)", "]", markdown))))


def sentences(markdown: str) -> Iterator[str]:
    """The sentences of a text: without code blocks, headings and tables."""
    text = re.sub(r"```.*?```|^[#|].*$", "", markdown, flags=re.DOTALL | re.MULTILINE)
    for paragraph in re.split(r"\n\s*\n|^\s*(?:[-*]|\d+\.) ", text, flags=re.MULTILINE):
        yield from filter(words, re.split(r"(?<=[.!?])[*_)\"”]*\s+", paragraph))


def lines(source: str) -> int:
    return sum(bool(line.strip()) for line in source.splitlines())


def headings(notebook: NotebookNode) -> Iterator[tuple[int, str]]:
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for mark, text in re.findall(r"^(#+) (.+)$", cell.source, re.MULTILINE):
                yield len(mark), text


def claims(markdown: str) -> list[str]:
    """The numbers in digits, outside code, links, headings and alt texts.

    In these chapters a number in digits is a claim about a run, and some cell above it must
    assert it. A number that claims nothing, such as how many requests we send, is a word.
    """
    text = re.sub(r"```.*?```|`[^`]*`", "", markdown, flags=re.DOTALL)
    text = re.sub(r"^#.*$", "", text, flags=re.MULTILINE)
    text = LINK.sub("", IMAGE.sub("", text))
    return NUMBER.findall(NAMES.sub("", text))


def asserted(source: str) -> set[str]:
    """Every number that stands in an `assert` of this cell."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with a shell command
        return set()
    found = {
        str(node.value)
        for statement in ast.walk(tree)
        if isinstance(statement, ast.Assert)
        for node in ast.walk(statement.test)
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    }
    for situation in situations(tree):  # predict() asserts that what comes out is right
        found |= set(NUMBER.findall(repr(situation.answer(World()))))
    for node in asks(tree):  # and its numbers say what was run
        found |= {str(one.value) for one in ast.walk(node) if isinstance(one, ast.Constant)}
    return found


STANDS_FOR = 7  # a number that only the run knows


def situations(tree: ast.AST) -> Iterator[Situation]:
    """What a cell asks about: each `when.something(...)` in it."""
    for call in asks(tree):
        assert isinstance(call.func, ast.Attribute)
        named = {word.arg: _value(word.value) for word in call.keywords if word.arg}
        yield getattr(when, call.func.attr)(*map(_value, call.args), **named)


def asks(tree: ast.AST) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "when"
    ]


def _value(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return STANDS_FOR + node.col_offset  # two such numbers differ


def predictions(notebook: NotebookNode) -> list[int]:
    """Where the cells with `predict(...)` are, among all cells."""
    return [
        at
        for at, cell in enumerate(notebook.cells)
        if "predict" in tags(cell) and "predict(" in cell.source
    ]
