"""What a check does, as a digest: has it changed since a class was graded?

The content of a check is its test, and every definition that the test uses, directly or not, in its
own file and in the packages of FOLLOWED: fixtures, helpers, contracts, models. So are the lab's
own files. Not part of it are comments, the check's title, points and hints, and workerlab itself:
its search, its servers. The text is read and never run.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from workerlab.grading.manifest import Manifest

PACKAGE = Path(__file__).parents[2]  # workerlab's own folder
FOLLOWED = ("contracts", "grading.behind", "models")  # in it: what checks ask; read, never imported
BESIDE = {"title", "points", "hints", "quick"}  # arguments of @check that are not what it does
NOT_MEANT = {"ctx", "kind", "type_comment", "lineno", "col_offset"}  # fields of a syntax tree
_Name = tuple[Path, str]  # a module's file, and a name in it; "" for the whole module


@dataclass
class _Module:
    """The definitions of a module, by name; `always` is what runs whatever is used of it."""

    names: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, _Name] = field(default_factory=dict)
    always: list[ast.stmt] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> _Module:
        module = cls()
        for node in ast.parse(path.read_bytes()).body:
            module.take(node)
        return module

    def take(self, node: ast.stmt) -> None:
        """Take one statement of the module in."""
        match node:
            case ast.ImportFrom(module=str(source), names=aliases, level=0):
                for alias in aliases:
                    if place := _place(source, alias.name):
                        self.imports[alias.asname or alias.name] = place
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.names.setdefault(node.name, []).append(node)
                if _runs_always(node):
                    self.always.append(node)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self._assigned(node)
            case ast.Import() | ast.Expr(value=ast.Constant()):
                pass  # of a whole module, and none that is followed is imported so; a docstring
            case _:
                self.always.append(node)

    def _assigned(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        parts = [part for target in targets for part in ast.walk(target)]
        for name in {part.id for part in parts if isinstance(part, ast.Name)}:
            self.names.setdefault(name, []).append(node)
            if name == "pytestmark":
                self.always.append(node)


def contents(lab: Manifest) -> dict[str, str]:
    """The digest of each check of a lab, by its id; SHA-256."""
    own, reader = _own_files(lab), _Reader()
    found: dict[str, str] = {}
    for tests in reader.module(lab.tests).names.values():
        for test in tests:
            for id_ in _ids(test):
                texts = [own, *sorted(reader.closure(lab.tests, test))]
                found[id_] = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    return found


class _Reader:
    """Reads each module once."""

    def __init__(self) -> None:
        self._modules: dict[Path, _Module] = {}

    def module(self, path: Path) -> _Module:
        if path not in self._modules:
            self._modules[path] = _Module.read(path)
        return self._modules[path]

    def closure(self, path: Path, test: ast.stmt) -> set[str]:
        """The texts of a test and of all that it uses."""
        texts = {_text(test)}
        known: set[_Name] = set()
        left = [*self._named(path, test), (path, "")]
        while left:
            one = left.pop()
            if one in known:
                continue
            known.add(one)
            where, name = one
            module = self.module(where)
            if name in module.imports:
                left.append(module.imports[name])
            for node in module.names.get(name, []) if name else module.always:
                texts.add(f"{where.stem} {_text(node)}")
                left += [*self._named(where, node), (where, "")]
        return texts

    def _named(self, path: Path, node: ast.AST) -> list[_Name]:
        """The definitions that a piece of a module names: also fixtures, by their arguments."""
        module = self.module(path)
        found: list[_Name] = []
        for part in ast.walk(node):
            match part:
                case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                    if name in module.imports and not module.imports[name][1]:
                        found.append((module.imports[name][0], attribute))
                case ast.Name(id=name) | ast.arg(arg=name) | ast.Constant(value=str(name)):
                    if name in module.names or name in module.imports:
                        found.append((path, name))
        return found


def _own_files(lab: Manifest) -> str:
    """What a lab itself brings to each of its checks: how it is served, and the files it gives."""
    served = (lab.edits, lab.services, lab.workers, lab.runner, lab.settings, lab.redis_allows)
    files = []
    for path in sorted(lab.folder.rglob("*")):
        name = str(path.relative_to(lab.folder))
        theirs = name in lab.edits or path.suffix == ".md" or name == "lab.toml"
        if path.is_file() and not theirs and "__pycache__" not in path.parts:
            files.append(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}")
    return "\n".join([repr(served), *files])


def _ids(test: ast.stmt) -> Iterator[str]:
    """The id in `@check("id", …)`, if it is one."""
    for decorator in getattr(test, "decorator_list", []):
        match decorator:
            case ast.Call(
                func=ast.Name(id="check") | ast.Attribute(attr="check"), args=[first, *_]
            ):
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


def _runs_always(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Whether it is a fixture of every test."""
    return any(
        isinstance(part, ast.keyword) and part.arg == "autouse"
        for decorator in node.decorator_list
        for part in ast.walk(decorator)
    )


def _place(source: str, name: str) -> _Name | None:
    """Where `from source import name` leads, when it leads to what is followed."""
    package, _, inside = f"{source}.{name}".partition(".")
    if package != PACKAGE.name or not inside.startswith(FOLLOWED):
        return None
    folder = PACKAGE.parent.joinpath(*source.split("."))
    if (folder / f"{name}.py").is_file():
        return folder / f"{name}.py", ""
    if folder.with_suffix(".py").is_file():
        return folder.with_suffix(".py"), name
    init = folder / "__init__.py"
    return (init, name) if init.is_file() else None


def _text(node: object) -> str:
    """A syntax tree as text, alike on every Python, without comments, places, titles and hints."""
    match node:
        case ast.AST():
            fields = dict(ast.iter_fields(node))
            if _is_check(node):
                kept = [one for one in fields["keywords"] if one.arg not in BESIDE]
                fields["keywords"] = kept
            parts = [
                f"{name}={_text(value)}"
                for name, value in fields.items()
                if name not in NOT_MEANT and value not in (None, [])
            ]
            return f"{type(node).__name__}({' '.join(parts)})"
        case list():
            return f"[{' '.join(map(_text, node))}]"
    return repr(node)


def _is_check(node: ast.AST) -> bool:
    """Whether it is the `check("id", …)` of a decorator."""
    match node:
        case ast.Call(func=ast.Name(id="check") | ast.Attribute(attr="check"), args=[_, *_]):
            return True
    return False
