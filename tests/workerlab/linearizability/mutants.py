"""A module with one place of its source changed, to see whether the tests notice."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def mutated(module, old, new):
    """Return the module with one place of its source changed."""
    source = Path(module.__file__).read_text(encoding="utf-8")
    assert source.count(old) == 1, f"{old!r} is there {source.count(old)} times"
    name = f"{module.__name__}_mutant"
    mutant = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader=None))
    sys.modules[name] = mutant  # dataclasses look their module up
    try:
        exec(compile(source.replace(old, new), name, "exec"), mutant.__dict__)
    finally:
        del sys.modules[name]
    return mutant
