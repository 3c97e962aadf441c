"""Build the site: execute the chapters that changed, gather the pages, and let Sphinx write them.

    python site/make.py

The site is then in build/site, and needs neither a server nor a network. The exit status is 1
when a chapter failed or a page has something wrong in it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import as_completed
from pathlib import Path

from executed import CHAPTERS, keep, kept, read, run, side_by_side
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from staging import ROOT, stage

HERE = Path(__file__).parent
BUILD = ROOT / "build"
# Quiet, two processes; every warning and every name that cannot be found is an error.
STRICT = ("-b", "html", "-q", "-j", "2", "-W", "--keep-going", "-n")


class ChapterFailed(Exception):
    """A chapter did not run to its end; the text names it and says why."""


def say(text: str) -> None:
    print(text, flush=True)


def execute(paths: Iterable[Path]) -> None:
    """Execute chapters and keep them. Raises ChapterFailed for the first that fails."""
    paths = list(paths)
    if not paths:
        return
    say(f"executing {len(paths)} chapters, two side by side, on real servers (some minutes)")
    with side_by_side(paths, _timed) as under_way:
        names = {future: path.stem for path, future in under_way.items()}
        for done, future in enumerate(as_completed(names), 1):
            try:
                seconds = future.result()
            except CellExecutionError as error:
                raise ChapterFailed(f"{names[future]} failed:\n{error}") from None
            say(f"  {done:2} of {len(paths)}  {names[future]}, {seconds:.0f} s")


def _timed(path: Path) -> float:
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nb-") as folder:
        keep(path, run(path, {"TMPDIR": folder}))
    return time.monotonic() - start


def chapters(paths: Iterable[Path] = CHAPTERS) -> dict[Path, NotebookNode]:
    """Each chapter with its outputs where it has been executed, and without where it has not."""
    return {path: kept(path) or read(path) for path in paths}


def write(source: Path, target: Path, repository: str | None = None) -> str:
    """Let Sphinx write all pages anew; return what it complained about, or "".

    `source` is what `stage` has filled, `target` the folder of the pages, and `repository` the
    project's public address, in place of WORKERLAB_REPOSITORY.
    """
    shutil.rmtree(target, ignore_errors=True)
    settings = {} if repository is None else {"WORKERLAB_REPOSITORY": repository}
    with tempfile.TemporaryDirectory() as doctrees:
        done = subprocess.run(
            [sys.executable, "-m", "sphinx", *STRICT, "-c", HERE, "-d", doctrees, source, target],
            check=False,
            env=os.environ | settings,
            capture_output=True,
            text=True,
        )
    if done.returncode:
        return done.stderr.strip() or f"Sphinx ended with {done.returncode}"
    return ""


def main() -> int:
    start = time.monotonic()
    site, source = BUILD / "site", BUILD / "site-source"
    try:
        execute(path for path in CHAPTERS if kept(path) is None)
    except ChapterFailed as error:
        say(f"error: {error}")
        return 1
    say("writing the pages")
    stage(source, chapters())
    if wrong := write(source, site):
        say(f"{wrong}\nerror: some page is wrong; build/site is not to be used")
        return 1
    count = len(list(site.rglob("*.html")))
    say(f"{count} pages in {time.monotonic() - start:.0f} s. Open build/site/index.html, or:")
    say("  .venv/bin/python -m http.server --directory build/site")
    return 0


if __name__ == "__main__":
    sys.exit(main())
