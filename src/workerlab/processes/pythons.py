"""Where another project's Python is."""

from __future__ import annotations

from pathlib import Path

__all__ = ["python_at"]


def python_at(place: str | Path) -> Path:
    """The interpreter that is meant by its path, or by that of its virtual environment."""
    path = Path(place).absolute()  # not resolved: a link tells Python which environment it is
    return path / "bin" / "python" if path.is_dir() else path
