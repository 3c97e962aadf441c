"""Execute one chapter in the environment that runs this file; say which cells no longer hold.

    ENV/bin/python benchmarks/current/chapter.py notebooks/05-gunicorn-preload.ipynb

Prints one line of JSON: [{"cell", "error", "sentence"}, …]. A cell that fails does not end the
chapter, since a later sentence may still hold. But a cell that uses a name which a failed cell would
have made follows from it, and is left out.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

CELL_S = 180  # by the clock, until a cell counts as hanging
LONGEST = 300  # characters of an error or a sentence
SENTENCE = re.compile(r"(?<=[.!?:])\s+(?=[A-Z`*\"])")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def run(path: Path) -> list[dict[str, str]]:
    """The cells of a chapter that fail, though they are not meant to."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory(prefix="nb-") as folder:
        client = NotebookClient(
            notebook,
            timeout=CELL_S,
            kernel_name="python3",
            allow_errors=True,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(path.resolve().parent)}},
        )
        try:
            asyncio.run(client.async_execute(env=_settings(folder)))
        except (CellTimeoutError, DeadKernelError) as error:
            return [*failed(notebook), {"cell": "", "error": _short(str(error)), "sentence": ""}]
    return failed(notebook)


def _settings(folder: str) -> dict[str, str]:
    stores = ("REDIS_URL", "DATABASE_URL", "CACHE_URL", "MARIADB_URL")
    return {name: value for name, value in os.environ.items() if name not in stores} | {
        "TMPDIR": folder
    }


def failed(notebook: NotebookNode) -> list[dict[str, str]]:
    """The failed cells of an executed notebook, each with what it no longer shows.

    That is the sentence which leads to the cell; where it was a prediction, what explains it.
    """
    found: list[dict[str, str]] = []
    before = ""
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            before = cell.source
            continue
        error = next((one for one in cell.get("outputs", []) if one.output_type == "error"), None)
        if error is None or "raises-exception" in cell.metadata.get("tags", []):
            continue
        if error.ename == "NameError" and found:  # a cell above would have made it
            continue
        text = COLOURS.sub("", f"{error.ename}: {error.evalue}")
        sentence = last_sentence(before)
        if cell.source.startswith("predict("):  # what came out is explained below it
            sentence = _explained(notebook.cells[place + 1 :]) or sentence
        found.append({"cell": cell.id, "error": _short(text), "sentence": sentence})
    return found


def _explained(cells: list[NotebookNode]) -> str:
    """The first paragraph of the explanation that these cells begin with; "" if they have none."""
    if not cells or not cells[0].source.startswith("<details"):
        return ""
    paragraphs = cells[0].source.split("\n\n")
    return _short(paragraphs[1]) if len(paragraphs) > 1 else ""


def last_sentence(markdown: str) -> str:
    """The last sentence of a text, which leads to the cell below it.

    >>> last_sentence("## A title\\n\\nIt counts. Two workers run, and one update is *lost*:")
    'Two workers run, and one update is *lost*:'
    """
    lines = [line for line in markdown.splitlines() if line.strip() and not line.startswith("#")]
    text = " ".join(lines).strip()
    return _short(SENTENCE.split(text)[-1]) if text else ""


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1])), ensure_ascii=False))
