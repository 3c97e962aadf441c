"""The fixture `explore`, in a run of pytest as a reader's: the picture is the assertion's text."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "shop"
RACY = """
def test_it_loses(explore, tmp_path):
    explore("shop.py", question="shop.toml", env={"SHOP_FILE": str(tmp_path / "shop.db")})


def test_nothing_happens(explore, tmp_path):
    env = {"SHOP_FILE": str(tmp_path / "shop.db")}
    explore("shop.py", program="POST /buy | POST /buy", before="PUT /stock/1", env=env)


def test_wrong(explore):
    explore("shop.py", program="buy")
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return copytree(EXAMPLE, tmp_path / "shop")


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "workerlab.questions.pytest_plugin"]
    command += ["-p", "no:cacheprovider", "-q", *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=250, check=False
    )


@pytest.mark.further
def test_the_assertion_is_the_picture(shop: Path) -> None:
    (shop / "test_racy.py").write_text(RACY)
    done = run(shop, "test_racy.py")
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"^E +.*NotPassed: failed: A is answered 200", done.stdout, re.MULTILINE)
    assert re.search(r"^E +worker \d+ +worker \d+$", done.stdout, re.MULTILINE)
    assert re.search(r"^E +A  POST /buy +B  POST /buy$", done.stdout, re.MULTILINE)
    assert re.search(r"^E +replayed 3 times of 3, seed 1", done.stdout, re.MULTILINE)
    assert "inconclusive: nothing happened: POST /buy is answered 422" in done.stdout
    assert "Failed: 'buy' is not a request" in done.stdout
    assert "3 failed" in done.stdout
    assert "src/workerlab" not in done.stdout, "only the reader's own lines"


@pytest.mark.further
def test_seed_and_budget_come_from_the_ini_file(shop: Path) -> None:
    (shop / "pytest.ini").write_text("[pytest]\nworkerlab_seed = 7\nworkerlab_budget = soon\n")
    (shop / "test_shop.py").unlink()
    (shop / "test_racy.py").write_text(RACY)
    done = run(shop, "test_racy.py", "-k", "wrong")
    assert "workerlab_budget = 'soon' is not a number" in done.stdout
    (shop / "pytest.ini").write_text("[pytest]\nworkerlab_seed = 7\nworkerlab_budget = 1\n")
    done = run(shop, "test_racy.py", "-k", "loses")
    assert "replayed 3 times of 3, seed 7" in done.stdout


@pytest.mark.further
def test_it_disturbs_no_other_tests(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(
        "import sys\n\n\ndef test_nothing_of_ours_is_loaded():\n"
        "    assert 'workerlab.stepping' not in sys.modules\n"
    )
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.further
def test_it_may_be_installed_and_named_too(tmp_path: Path) -> None:
    """As an entry point and by -p: the same plugin, which is loaded once."""
    info = tmp_path / "x-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: x\nVersion: 1\n")
    project = Path(__file__).parents[3] / "pyproject.toml"
    entry = re.search(r"entry-points\.pytest11\]\n\"(\S+)\" = \"(\S+)\"", project.read_text())
    assert entry is not None
    (info / "entry_points.txt").write_text(f"[pytest11]\n{entry[1]} = {entry[2]}\n")
    paths = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    for words in ((), ("-p", entry[1])):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words, "--fixtures", "-q"],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": paths},
            capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip
        assert "explore(app, **question)" in done.stdout, done.stdout + done.stderr
