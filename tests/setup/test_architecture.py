"""Imports follow one direction: the house as docs/design/architecture.md draws it, read from the AST.

Deferred imports count too, and so do module names in quotes, as for `python -m`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"
ROOMS = {  # a room, and the rooms that it may use; each may use itself
    "errors": "",
    "_lazy": "",
    "bounded_json": "",
    "history": "errors",
    "evidence": "",
    "verdict": "evidence",
    "draw": "history verdict evidence",
    "processes": "errors",
    "network": "errors processes",
    "services": "errors processes",
    "servers": "errors processes network",
    "restoring": "errors processes",
    "exchange": "bounded_json",
    "client": "errors bounded_json exchange history processes servers",
    "traffic": "errors bounded_json client history servers",
    "models": "history",
    "linearizability": "history models",
    "stepping.request": "",
    "stepping.request_text": "errors stepping.request",
    "stepping.program": "errors stepping.request stepping.request_text",
    "stepping.protocol": "",
    "stepping.placeholders": "errors history stepping.request stepping.program",
    "stepping.cookies": "",
    "stepping.conversation": "history stepping.request stepping.placeholders stepping.cookies",
    "stepping.invariants": "errors history stepping.program",
    "stepping.gates": "",
    "stepping.access": "",
    "stepping.lease": "stepping.access",
    "stepping.worker": """servers stepping.protocol stepping.gates stepping.access
        stepping.lease""",
    "stepping.controller": """errors bounded_json exchange history models processes restoring servers
        stepping.gates stepping.access stepping.lease stepping.program stepping.request
        stepping.protocol stepping.placeholders stepping.conversation""",
    "stepping.searching": """errors bounded_json history models linearizability verdict evidence
        processes servers stepping.protocol stepping.access stepping.lease stepping.program
        stepping.placeholders stepping.cookies stepping.invariants stepping.controller""",
    "stepping.interactive": """errors history verdict evidence stepping.program stepping.controller
        stepping.searching""",
    "stepping.rehearsal": """errors history models stepping.program stepping.placeholders
        stepping.conversation stepping.controller stepping.searching""",
    "stepping.same_start": "errors services restoring stepping.controller",
    "stepping.proposing": """errors bounded_json verdict history processes stepping.program
        stepping.placeholders stepping.request stepping.controller stepping.searching""",
    "stepping.explore": """errors history verdict evidence services stepping.lease stepping.program
        stepping.invariants stepping.controller stepping.searching stepping.rehearsal
        stepping.same_start stepping.proposing""",
    "questions": "errors verdict draw services stepping",
    "levels": "errors history evidence services stepping",
    "grading": """errors bounded_json exchange history verdict evidence draw processes network services
        servers traffic models linearizability stepping""",
    "contracts": """errors bounded_json history verdict evidence draw processes network services
        servers traffic models linearizability stepping grading""",
    "described_burst": """errors history draw servers services traffic models linearizability
        stepping.request_text""",
    "scouting": "errors evidence draw questions grading stepping",
    "doctor": "errors processes services servers stepping grading",
    "misconceptions": "",
    "notebook": """errors history verdict evidence draw linearizability processes services contracts
        stepping misconceptions levels""",
    "cli": """errors history verdict evidence draw processes services servers traffic models
        linearizability stepping described_burst questions grading scouting doctor""",
    "build_hook": "grading",
    "__main__": "cli",
}
EXCEPTIONS = {
    (
        "workerlab.stepping.controller.stepped_server",
        "workerlab.stepping.worker.agent",
    ): "a worker is another process: it is told by name what it carries",
}
"""(module, what it imports): why. This list may only shrink."""


def modules() -> dict[str, Path]:
    found = {}
    for path in SRC.rglob("*.py"):
        if "template" not in path.parts:
            name = ".".join(path.relative_to(SRC).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


MODULES = modules()


def imported(name: str) -> Iterator[str]:
    """The modules of ours that a module names, in imports and in quotes."""
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            quoted = node.value.partition(":")[0]
            if re.fullmatch(r"workerlab(\.\w+)+", quoted) and quoted in MODULES:
                yield quoted


def room(module: str) -> str:
    inner = module.removeprefix("workerlab").lstrip(".")
    return next(
        (one for one in sorted(ROOMS, key=len, reverse=True) if f"{inner}.".startswith(f"{one}.")),
        "",
    )


def may(source: str, target: str) -> bool:
    allowed = [*ROOMS[source].split(), source, "_lazy"]
    return any(f"{target}.".startswith(f"{one}.") for one in allowed)


def facade(module: str) -> bool:
    """Whether it is a package whose names load on first use: its homes are no imports of its own."""
    return MODULES[module].name == "__init__.py"


@cache
def arrows() -> frozenset[tuple[str, str]]:
    """All imports: (module, the module that it names)."""
    return frozenset(
        (name, other) for name in MODULES if not facade(name) for other in imported(name)
    )


def test_every_module_has_a_room():
    assert [name for name in MODULES if not room(name) and not facade(name)] == []


def test_no_import_runs_back_up():
    wrong = {
        (source, target)
        for source, target in arrows()
        if room(target) and not may(room(source), room(target))
    }
    assert sorted(wrong - {*EXCEPTIONS}) == []
    assert {*EXCEPTIONS} <= wrong, "an exception that is not needed any more: take it out"


@pytest.mark.parametrize("package", ["worker", "controller"])
def test_what_runs_in_the_worker_and_what_steers_it_share_only_the_protocol(package):
    other = {"worker": "controller", "controller": "worker"}[package]
    met = {a for a in arrows() if f".{package}." in a[0] and f".stepping.{other}" in a[1]}
    assert met - {*EXCEPTIONS} == set()


def test_there_is_no_circle():
    left = {name: {t for s, t in arrows() if s == name != t} for name in MODULES}
    left = {name: {t for t in after if not facade(t)} for name, after in left.items()}
    while ends := {name for name, after in left.items() if not after & left.keys()}:
        left = {name: after for name, after in left.items() if name not in ends}
    assert sorted(left) == []
