"""The levels as they are committed."""

from pathlib import Path

from workerlab.levels.level import Level, load

ROOT = Path(__file__).parents[3]
APPS = ROOT / "notebooks" / "levels"
FOLDER = ROOT / "notebooks" / "data" / "levels"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
LARGEST = 60_000  # bytes


def recorded(name: str) -> Level:
    return load(name, FOLDER)
