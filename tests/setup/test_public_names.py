"""Every name that a chapter or a lab imports from us is public, and says what it is."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READERS = ("labs", "solutions", "tests/labs", "notebooks/apps", "notebooks/figures")
TEMPLATE = ROOT / "src/workerlab/grading/authoring/template"


def sources() -> Iterator[str]:
    """The code of every chapter and lab."""
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        code = [cell for cell in code if not cell.startswith("%%")]  # a reader writes there
        yield re.sub(r"^(\s*)[%!].*$", r"\1pass", "\n".join(code), flags=re.MULTILINE)
    for folder in (*(ROOT / name for name in READERS), TEMPLATE):
        for file in sorted(folder.rglob("*.py")):
            yield file.read_text(encoding="utf-8")


def imported() -> set[tuple[str, str]]:
    """(module, name) of everything that is imported from workerlab."""
    return {
        (node.module, alias.name)
        for source in sources()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("workerlab")
        for alias in node.names
    }


NAMES = sorted(imported())


def test_they_were_found() -> None:
    assert ("workerlab", "explore") in NAMES and ("workerlab.grading", "check") in NAMES
    assert len(NAMES) > 40


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_it_is_public_and_documented(module: str, name: str) -> None:
    home = import_module(module)
    if hasattr(home, "__path__") and find_spec(f"{module}.{name}"):  # a module of the package
        assert import_module(f"{module}.{name}").__doc__
        return
    value = getattr(home, name)
    assert name in home.__all__, f"add it to the __all__ of {module}"
    if inspect.isclass(value) or inspect.isfunction(value):
        assert inspect.getdoc(value), f"{module}.{name} has no docstring"
