"""A folder that stands for Gradescope's /autograder, and the run of an autograder in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import jsonschema

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "gradescope.json").read_text())


class Gradescope:
    """The folder /autograder, and the run of an autograder in it."""

    def __init__(self, root: Path, archive: Path) -> None:
        self.root = root
        self.results = root / "results" / "results.json"
        for name in ("source", "submission", "results"):
            (root / name).mkdir(parents=True)
        with zipfile.ZipFile(archive) as file:
            file.extractall(root / "source")
            mode = file.getinfo("run_autograder").external_attr >> 16
        script = root / "run_autograder"
        script.write_bytes((root / "source" / "run_autograder").read_bytes())
        script.chmod(mode)
        self.process: subprocess.Popen | None = None

    def start(self, wrap: Callable[[list[str]], list[str]] = list, **env: str) -> subprocess.Popen:
        """Run it; `wrap` puts a command around it."""
        self.process = subprocess.Popen(
            wrap([str(self.root / "run_autograder")]),
            cwd=self.root,
            env={
                **os.environ,
                "AUTOGRADER_ROOT": str(self.root),
                "AUTOGRADER_PYTHON": sys.executable,
                "PYTHONPATH": str(self.root / "source" / "repository" / "src"),
                **env,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self.process

    def told(self) -> dict:
        results = json.loads(self.results.read_text())
        jsonschema.validate(results, SCHEMA)
        return results
