"""What comes after the grading is killed, too: a regrade after a check has changed, and exports.

Each is begun again until it comes to its end, and then compared with one that nobody has killed.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workerlab.grading.batch.folder import MARKS, PAGES, RESULTS
from workerlab.grading.batch.journal import read
from workerlab.grading.result import Report

if TYPE_CHECKING:
    from crashes import Class

BEFORE, AFTER = '"two" in begun', '"one" in begun'  # a check that is corrected
BECAUSE = "it asked for the wrong word"
EXPORTS = ("csv", "feedback")
LONGEST_S = 2.0  # until an export is killed, at most: it takes about a second


@dataclass
class Later:
    """What so many kills did; `of` counts them by the command that they met."""

    kills: int = 0
    of: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def crash_later(group: Class, kills: int, seed: int, tell: Callable[[str], None]) -> Later:
    """Correct a check of a graded class, and kill what follows so often."""
    dice, later = random.Random(seed), Later()
    whole, killed = group.place / "graded-anew", group.place / "graded-anew-killed"
    for folder in (whole, killed):
        shutil.copytree(group.place / "uninterrupted", folder)
    text = group.tests.read_text()
    group.tests.write_text(text.replace(BEFORE, AFTER))
    words = ("--because", BECAUSE, "--yes")
    began = time.monotonic()
    status = group.run("regrade", str(whole), *words).wait()
    if status or text == group.tests.read_text():
        later.wrong.append(f"a regrade that nobody killed ended with {status}")
        return later
    longest = time.monotonic() - began
    _until_done(group, ("regrade", str(killed), *words), longest, kills // 2, dice, later, tell)
    later.wrong += _compared(killed, whole)
    while later.kills < kills and not later.wrong:
        for to in EXPORTS:
            out = group.place / f"{to}-killed-{later.kills}"
            command = ("export", str(killed), "--to", to, "--out", str(out))
            _until_done(group, command, LONGEST_S, later.kills + 3, dice, later, tell)
            expected = group.place / f"{to}-whole"
            if group.run("export", str(whole), "--to", to, "--out", str(expected)).wait():
                later.wrong.append(f"export --to {to} failed")
            later.wrong += [f"{to} differs: {name}" for name in _differing(out, expected)]
    later.wrong += group.left()
    return later


def _until_done(
    group: Class,
    words: tuple[str, ...],
    longest: float,
    kills: int,
    dice: random.Random,
    later: Later,
    tell: Callable[[str], None],
) -> None:
    """A command to its end, killed as long as there are less than so many kills."""
    while not later.wrong:
        running = group.run(*words)
        try:
            status = running.wait(dice.uniform(0, longest) if later.kills < kills else None)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
            later.kills += 1
            later.of[words[0]] += 1
            tell(f"kill {later.kills} met {words[0]}")
            later.wrong += [f"left after a kill: {line}" for line in group.left()]
        else:
            if status:
                log = (group.place / "log").read_text()[-500:]
                later.wrong.append(f"{words[0]} failed: {log}")
            return


def _compared(killed: Path, whole: Path) -> Iterator[str]:
    if (killed / MARKS).read_bytes() != (whole / MARKS).read_bytes():
        yield "the marks after a regrade differ"
    yield from (f"{PAGES}: {one}" for one in _differing(killed / PAGES, whole / PAGES))
    yield from (f"{RESULTS}: {one}" for one in _found_otherwise(killed, whole))
    lines = (killed / "journal.jsonl").read_text().splitlines()
    counted = sum('"kind": "regrade"' in line or '"kind":"regrade"' in line for line in lines)
    if counted != 1:
        yield f"the journal has {counted} lines that make a regrade count"
    if not read(killed).complete:
        yield "the class is not complete"


def _found_otherwise(killed: Path, whole: Path) -> Iterator[str]:
    """The students of whom the result files do not say the same; a trace may differ in words."""
    for path in sorted((whole / RESULTS).iterdir()):
        checks = [
            [
                (one.id, one.status, one.points, one.message)
                for one in Report.read(file).labs[0].checks
            ]
            for file in (path, killed / RESULTS / path.name)
        ]
        if checks[0] != checks[1]:
            yield path.stem


def _differing(one: Path, other: Path) -> list[str]:
    """The names of files that are not the same in both; a file's own if it is one."""
    if one.is_file() or other.is_file():
        same = one.is_file() and other.is_file() and one.read_bytes() == other.read_bytes()
        return [] if same else [one.name]
    names = {path.name for folder in (one, other) for path in folder.iterdir()}
    return sorted(
        name
        for name in names
        if not (one / name).is_file()
        or not (other / name).is_file()
        or (one / name).read_bytes() != (other / name).read_bytes()
    )
