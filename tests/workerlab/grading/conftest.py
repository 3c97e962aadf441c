"""A repository with one small lab, for tests that start nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

LAB = "lab50_small"
CHECKS = """
from workerlab.grading import check


@check("starts", title="It starts", points=1, quick=True, hints=("one?", "two", "three"))
def test_starts():
    pass


@check("no_lost_update", title="All count", points=2, hints=("one?", "two", "three"))
def test_no_lost_update():
    pass
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its folder, which WORKERLAB_HOME names."""
    home = tmp_path / "repository"
    for folder in (f"labs/{LAB}", f"solutions/{LAB}", "tests/labs", f"tests/mutants/{LAB}"):
        (home / folder).mkdir(parents=True)
    lab = home / "labs" / LAB
    (lab / "lab.toml").write_text(
        f'name = "{LAB}"\ntitle = "Small"\nedits = ["app.py"]\npoints = 3\n'
    )
    (lab / "README.md").write_text("# Small\n")
    (lab / "app.py").write_text("app = 'the starter'\n")
    (lab / "given.py").write_text("given = 'by the lab'\n")
    (home / "solutions" / LAB / "app.py").write_text("app = 'the solution'\n")
    (home / "solutions" / LAB / "WHY.md").write_text("Because.\n")
    (home / "tests" / "labs" / f"test_{LAB}.py").write_text(CHECKS)
    monkeypatch.setenv("WORKERLAB_HOME", str(home))
    return home
