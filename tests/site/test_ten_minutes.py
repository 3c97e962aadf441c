"""The page "Find the races in your service in ten minutes": each of its commands, in its order."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from shutil import copytree

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "site" / "pages" / "ten-minutes.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "shop"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
pytestmark = pytest.mark.further
STATUS = {"failed": 1, "it loses again": 1, "2 passed": 0}
RUN = {
    "workerlab": ["-m", "workerlab"],
    "pytest": ["-m", "pytest", "-p", "workerlab.questions.pytest_plugin", "-p", "no:cacheprovider"],
}


def blocks(kind: str) -> list[str]:
    return [text for language, text in BLOCK.findall(PAGE) if language == kind]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory) -> list[tuple[str, str]]:
    """Each command's promise, and what it printed; each ended as promised."""
    shop = copytree(EXAMPLE, tmp_path_factory.mktemp("ten-minutes") / "shop")
    seen = []
    for block in blocks("console"):
        line, promise = block.strip().split("\n", 1)
        program, *words = shlex.split(line.removeprefix("$ "))
        command = [sys.executable, *RUN[program], *words]
        env = {**os.environ, "COLUMNS": "200"}
        done = subprocess.run(
            command, cwd=shop, env=env, capture_output=True, text=True, timeout=250, check=False
        )
        status = next(status for words, status in STATUS.items() if promise.startswith(words))
        assert done.returncode == status, done.stdout + done.stderr
        seen.append((promise, done.stdout))
    return seen


def test_each_command_does_what_the_page_says(outputs):
    assert len(outputs) == 4
    for promise, output in outputs:
        assert promise in output, output


def test_the_first_shows_what_the_page_shows(outputs):
    (shown,) = blocks("text")
    for line in shown.strip().splitlines():
        assert line in outputs[0][1]


def test_the_page_shows_the_question_and_the_test_of_the_example():
    (question,) = blocks("toml")
    assert tomllib.loads(question) == tomllib.loads((EXAMPLE / "shop.toml").read_text())
    (test,) = blocks("python")
    body = test.strip().splitlines()[1:]
    assert "\n".join(body) in (EXAMPLE / "test_shop.py").read_text()
