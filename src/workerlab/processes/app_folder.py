"""Where an app lies: the folder that its imports begin in, its settings, and what its files say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

NOT_ITS_OWN = {
    ".git", ".hg", ".svn", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox",
    ".nox", ".ipynb_checkpoints", ".idea", ".vscode", ".workerlab",
}  # fmt: skip
LIBRARIES = {"node_modules", "venv", ".venv", "env", "site-packages"}
SETTINGS = ".env"
ABOVE = 3  # folders above the app's, in which its settings may be
TEXTS = (".py", ".sql", ".ini", ".toml", SETTINGS)  # local.env is one, too
MOST_TEXTS, LARGEST_TEXT = 2_000, 500_000


def root_of(app: str | Path, app_dir: str | Path | None = None) -> Path:
    """The folder in which an app's imports begin: the one named, above its outermost package, or its own."""
    if app_dir or ":" in str(app):
        return Path(app_dir or ".").resolve()
    path = Path(app).resolve()
    folder = path if path.is_dir() else path.parent
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        folder = folder.parent
    return folder


def settings_above(root: Path) -> Path | None:
    """The nearest `.env` in a folder above; None when there is none near."""
    above = (folder / SETTINGS for folder in [*root.parents][:ABOVE])
    return next((file for file in above if file.is_file()), None)


def is_link_only(folder: Path) -> bool:
    """Whether libraries are in this folder, and nothing that the app has written."""
    return folder.name in LIBRARIES or (folder / "pyvenv.cfg").exists()


def contents(folder: Path) -> Iterator[Path]:
    """What is in an app's folder, each folder before what is in it; libraries are not looked into."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda one: one.name)
    for entry in found:
        if entry.name in NOT_ITS_OWN or entry.name.endswith(".pyc"):
            continue
        path = Path(entry.path)
        yield path
        if entry.is_dir(follow_symlinks=False) and not is_link_only(path):
            yield from contents(path)


def texts(root: Path) -> Iterator[tuple[Path, str]]:
    """The app's sources and settings, as text."""
    files = [file for file in (settings_above(root),) if file]
    for path in contents(root):
        if path.suffix in TEXTS or path.name.startswith(SETTINGS):
            files.append(path)
        if len(files) >= MOST_TEXTS:
            break
    for path in files:
        try:
            if path.is_file() and path.stat().st_size <= LARGEST_TEXT:
                yield path, path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
