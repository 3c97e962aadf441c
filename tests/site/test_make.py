"""What `make site` says and how it ends; the pages themselves are looked at elsewhere."""

from __future__ import annotations

import make
import pytest


@pytest.fixture
def build(tmp_path, monkeypatch):
    """build(complaints) -> the exit status of a `make site` in which Sphinx complains about that."""
    monkeypatch.setattr(make, "BUILD", tmp_path)
    monkeypatch.setattr(make, "execute", list)
    monkeypatch.setattr(make, "chapters", dict)
    monkeypatch.setattr(make, "stage", lambda source, pages: None)

    def run(complaints: str) -> int:
        monkeypatch.setattr(make, "write", lambda source, target: complaints)
        return make.main()

    return run


def test_a_site_that_was_built_is_opened_so(build, capsys):
    assert build("") == 0
    assert "Open build/site/index.html" in capsys.readouterr().out


def test_a_complaint_is_reported_and_the_site_not_to_be_used(build, capsys):
    assert build("a.md:3: WARNING: nowhere") == 1
    told = capsys.readouterr().out
    assert "a.md:3: WARNING: nowhere" in told
    assert "Open build/site/index.html" not in told


def test_a_chapter_that_fails_ends_it(build, capsys, monkeypatch):
    def fail(paths):
        raise make.ChapterFailed("03-lost-updates failed:\nKeyError")

    monkeypatch.setattr(make, "execute", fail)
    assert build("") == 1
    assert "error: 03-lost-updates failed" in capsys.readouterr().out
