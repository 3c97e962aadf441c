"""Do the chapters and labs still hold with the newest releases of what they are about?

    python benchmarks/current/run.py [--only 05 …] [--with gunicorn==23.0.0 …] [--no-labs]

Makes an environment of its own in build/current, in which every package is as new as it can be, runs
every chapter there and grades every lab's solution, two at a time. It says which chapters hold, and
of the others which sentences do not, and writes notebooks/data/current.json, which each page of the
site quotes. `--with` puts older releases in their place: so one sees that it notices; then nothing
is written. Exit status 1 when something does not hold. At most an hour on two cores.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from environment import ROOT, NotInstalled, here, make, newest_ultradict, ultradict, versions
from made import write

NAME = "current.json"
AT_ONCE = 2
CHAPTER_S, LAB_S = 900, 600  # by the clock, many times more than any of them needs


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="NN", help="these chapters")
    parser.add_argument("--with", nargs="+", dest="others", default=[], metavar="NAME==VERSION")
    parser.add_argument("--no-labs", action="store_true", help="chapters alone")
    asked = parser.parse_args(words)
    began = time.monotonic()
    print("installing the newest releases (some minutes the first time) …", flush=True)
    try:
        python = make(ROOT / "build" / ("seeded" if asked.others else "current"), asked.others)
        newest = newest_ultradict(python)
    except NotInstalled as error:
        print(f"error: the packages cannot be installed\n{error}")
        return 1
    now = versions(python)
    show_versions(here(), now)
    chapters = sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    chapters = [path for path in chapters if not asked.only or path.stem[:2] in asked.only]
    labs = [] if asked.no_labs or asked.only else sorted((ROOT / "solutions").glob("lab*"))
    held = _all(chapters, lambda path: chapter(python, path))
    held |= _all(labs, lambda path: lab(python, path))
    if not (asked.only or asked.others):
        held["UltraDict"] = not_the_newest(ultradict(), newest)
    wrong = {name: found for name, found in held.items() if found}
    minutes = (time.monotonic() - began) / 60
    print(f"{len(held) - len(wrong)} of {len(held)} hold, in {minutes:.0f} minutes")
    if not asked.others and not asked.only:
        result = {"versions": now, "locked": here(), "minutes": round(minutes, 1)}
        print(f"written: {write(NAME, {**result, 'not': wrong}, ROOT / 'notebooks' / 'data')}")
    return bool(wrong)


def show_versions(locked: dict[str, str], now: dict[str, str]) -> None:
    """What differs from the locked versions, a line each."""
    for name, version in now.items():
        if (before := locked.get(name)) != version:
            print(f"  {name} {version}, where the lock has {before or 'none'}")


def not_the_newest(ours: str, newest: str) -> list[dict[str, str]]:
    """UltraDict is run from third_party, where nothing brings it up to date."""
    if ours == newest:
        return []
    error = f"PyPI has UltraDict {newest}, and third_party has {ours}: nothing was run with it"
    print(f"  ✘ {error}")
    return [{"cell": "", "error": error, "sentence": ""}]


def _all(paths: list[Path], ask: Callable[[Path], list[dict[str, str]]]) -> dict[str, list]:
    """What does not hold of each, by its name."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = {path: pool.submit(ask, path) for path in paths}
        found = {}
        for path, future in asked.items():
            found[path.stem] = wrong = future.result()
            print(f"  {'✘' if wrong else '✔'} {path.stem}", flush=True)
            for one in wrong:
                print(f"      {one['cell']}: {one['error']}")
                if one["sentence"]:
                    print(f"      the text says: {one['sentence']}")
    return found


def chapter(python: Path, path: Path) -> list[dict[str, str]]:
    """The cells of a chapter that fail in this environment."""
    script = Path(__file__).with_name("chapter.py")
    return _asked([str(python), str(script), str(path)], CHAPTER_S, json.loads)


def lab(python: Path, solution: Path) -> list[dict[str, str]]:
    """The checks of a lab that its solution fails in this environment."""
    result = ROOT / "build" / f"current-{solution.name}.json"
    command = [str(python), "-m", "workerlab", "check", solution.name, "--submission", "solutions"]

    def read(_: str) -> list[dict[str, str]]:
        checks = json.loads(result.read_text(encoding="utf-8"))["labs"][0]["checks"]
        return [
            {
                "cell": one["id"],
                "error": one["message"].partition("\n")[0],
                "sentence": one["title"],
            }
            for one in checks
            if one["status"] != "passed"
        ]

    result.parent.mkdir(exist_ok=True)
    result.unlink(missing_ok=True)
    return _asked([*command, "--json", str(result)], LAB_S, read)


def _asked(
    command: list[str], seconds: float, read: Callable[[str], list[dict[str, str]]]
) -> list[dict[str, str]]:
    """What a process found; one entry that says so when it found nothing out."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False
        )
        return read(done.stdout)
    except subprocess.TimeoutExpired:
        error = f"not done after {seconds:g} s"
    except (OSError, ValueError, LookupError):
        last = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
        error = last[0]
    return [{"cell": "", "error": error, "sentence": ""}]


if __name__ == "__main__":
    sys.exit(main())
