"""A result has the names of an app's settings and no values: `replay` is given them again."""

from __future__ import annotations

from pathlib import Path

import pytest

from workerlab.cli.replay import settings_of
from workerlab.errors import BadUsage
from workerlab.grading.recorded import Record


@pytest.fixture
def record(tmp_path: Path) -> Record:
    (tmp_path / ".env").write_text("A=1\n")
    return Record(
        "app.py", {}, Path("app.py"), settings=("B",), env_files=(str(tmp_path / ".env"),)
    )


def test_files_are_read_again_and_values_are_given_again(record: Record, tmp_path: Path) -> None:
    assert settings_of(record, ["B=2"], []) == {"A": "1", "B": "2"}
    (tmp_path / "more.env").write_text("A=3\nB=4\n")
    assert settings_of(record, [], [tmp_path / "more.env"]) == {"A": "3", "B": "4"}


def test_one_that_is_missing_is_named(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("B", raising=False)
    with pytest.raises(BadUsage, match="was found with a setting B") as caught:
        settings_of(record, [], [])
    assert caught.value.advice == "give it again: --env B=…"
