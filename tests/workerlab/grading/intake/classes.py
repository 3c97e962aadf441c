"""Classes as people pack them, from a table: names, and what lies under them."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from workerlab.grading.intake.map_file import read_map
from workerlab.grading.intake.packages import packages_in
from workerlab.grading.intake.settling import settle
from workerlab.grading.intake.submissions import Intake, Submission
from workerlab.grading.manifest import all_labs, find

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
OTHER = "from fastapi import FastAPI\n\napp = FastAPI(title='another')\n"
Tree = Mapping[str, "str | bytes | Tree"]


def zipped(members: Mapping[str, str | bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", packing) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo("x")
            info.filename = info.orig_filename = name  # with its backslashes, as Windows packs it
            archive.writestr(info, content, packing)
    return data.getvalue()


def tarred(members: Mapping[str, str], mode: str = "w:gz") -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content.encode()))
    return data.getvalue()


def notebook(*cells: str) -> str:
    listed = [{"cell_type": "markdown", "metadata": {}, "source": ["# My answer"]}]
    listed += [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": cell.splitlines(True)}
        for cell in cells
    ]
    return json.dumps({"cells": listed, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})


def written(folder: Path, tree: Tree) -> Path:
    """Write a tree of files; returns its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in tree.items():
        match content:
            case bytes():
                (folder / name).write_bytes(content)
            case str():
                (folder / name).write_text(content)
            case _:
                written(folder / name, content)
    return folder


def taken_in(handed_in: Path, *labs: str, map_: Path | None = None) -> dict[str, Submission]:
    """What would be graded of a class, by the names of its rows."""
    known, planned = all_labs(), [find(name) for name in labs]
    intake = Intake(planned, known)
    with packages_in(handed_in, {name for lab in known for name in lab.edits}) as packages:
        settled = read_map(map_, planned) if map_ else []
        packages, _ = settle(packages, settled)
        return {package.student: intake.take(package) for package in packages}


def row(one: Submission) -> str:
    """What its row says: what was taken, or why nothing was."""
    if one.refused:
        return f"refused: {one.refused}"
    what = one.handed_in
    parts = [source for lab in what.taken.values() for source in lab.values()]
    return "; ".join([", ".join(parts), *what.notes, *what.doubts, *what.refusals.values()])
