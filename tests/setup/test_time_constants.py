"""docs/design/search.md names every constant of time that a verdict may depend on, with its value."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "workerlab"
PACKAGES = ("servers", "stepping", "grading", "contracts", "processes", "network", "services")
PLACES = (*(SRC / name for name in PACKAGES), ROOT / "tests" / "labs", ROOT / "labs")
ROW = re.compile(r"\| `(\S+\.py)` `(\w+)` \| (\S+) \| (.+?) \| (.+?) \|")
OF_TIME = re.compile(r"\bseconds?\b|\bprocessor time\b")
BY_NAME = ("HEALTH_CHECK", "PATIENCE")  # whose comment is another's, or above
NOT_OF_TIME = {
    ("stepping/searching/outcome.py", "PRESENT"): "names of headers",
    ("stepping/searching/without_schedule.py", "LEAST_TIME"): "a moment, not a length",
    ("processes/sandbox.py", "MOST_TASKS"): "a number of processes",
    ("processes/syscalls.py", "_X32"): "a number of a call",
    ("labs/lab09_cache/app.py", "TTL"): "the reader's own",
    ("labs/lab18_once/app.py", "TICK_S"): "the reader's own",
    ("labs/lab19_limits/app.py", "WINDOW_S"): "the reader's own",
}


def short(path: Path) -> str:
    base = SRC if path.is_relative_to(SRC) else ROOT
    return path.relative_to(base).as_posix()


def constants(path: Path) -> Iterator[tuple[str, ast.expr]]:
    """The names of a module that are constants of time, and what stands behind the `=`."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        pairs = [(target, node.value)]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = [*zip(target.elts, node.value.elts, strict=True)]
        comment = "\n".join(lines[node.lineno - 1 : node.end_lineno]).partition("#")[2]
        for name, value in pairs:
            if not isinstance(name, ast.Name) or not name.id.isupper():
                continue
            if name.id.endswith("_S") or OF_TIME.search(comment) or name.id in BY_NAME:
                yield name.id, value


def value_of(path: Path, name: str, value: ast.expr) -> float:
    if isinstance(value, ast.Constant):
        return float(value.value)
    module = ".".join(path.relative_to(SRC.parent).with_suffix("").parts)
    return float(getattr(import_module(module), name))


def in_the_code() -> dict[tuple[str, str], float]:
    return {
        (short(path), name): value_of(path, name, value)
        for place in PLACES
        for path in place.rglob("*.py")
        if "template" not in path.parts
        for name, value in constants(path)
        if (short(path), name) not in NOT_OF_TIME
    }


def in_the_table() -> dict[tuple[str, str], float]:
    text = (ROOT / "docs" / "design" / "search.md").read_text(encoding="utf-8")
    return {(path, name): float(value) for path, name, value, *_ in ROW.findall(text)}


def test_the_table_names_every_constant_of_time_with_its_value() -> None:
    code, table = in_the_code(), in_the_table()
    assert len(code) > 90
    assert {key: code.get(key) for key in table} == table
    assert code.keys() - table.keys() == set(), "not in the table"


def test_what_is_no_time_is_still_there() -> None:
    for path, name in NOT_OF_TIME:
        place = SRC / path if (SRC / path).exists() else ROOT / path
        assert name in {found for found, _ in constants(place)}
