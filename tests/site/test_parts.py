"""The parts that the site is built with: links, docstrings, and what is kept of a chapter."""

from __future__ import annotations

import doctest
import json
from pathlib import Path

import current
import docstrings
import executed
import make
import nbformat
import pytest
import signatures
from links import rewritten
from staging import _listing

HOME = Path("labs/lab01_detective")


def links(markdown: str) -> tuple[str, list[str]]:
    shown: list[Path] = []
    pages = {Path("notebooks/a.ipynb")}
    return rewritten(markdown, HOME, pages.__contains__, shown.append), [
        str(path) for path in shown
    ]


def test_a_link_to_a_page_stays():
    for text in ("[a](../../notebooks/a.ipynb#Why)", "[out](https://example.org/a)", "[in](#here)"):
        assert links(text) == (text, [])


def test_a_link_to_a_file_leads_to_a_page_that_shows_it():
    wanted = "[it](../../files/labs/lab01_detective/app.py.md)"
    assert links("[it](app.py)") == (wanted, ["labs/lab01_detective/app.py"])


def test_a_link_to_a_solution_leads_nowhere():
    assert links("[`why`](../../solutions/lab01/WHY.md)") == ("`why`", [])


def test_code_has_no_links():
    code = "```python\nhandlers[0](event)\n```"
    assert links(code) == (code, [])


def test_a_link_to_nothing_is_an_error():
    with pytest.raises(FileNotFoundError):
        _listing(Path("labs/nothing.py"))


@pytest.mark.parametrize("module", [docstrings, signatures])
def test_the_examples_hold(module):
    result = doctest.testmod(module)
    assert result.failed == 0 < result.attempted


def test_a_table_of_names_may_be_narrow_for_one_of_them():
    assert docstrings.to_rst(["app        it", "trace_into these", "           too"]) == [
        "``app``", "    it", "``trace_into``", "    these too", ""
    ]  # fmt: skip


def test_a_paragraph_stays_one():
    text = ["It says `what`, and the `n`th", "time it does not."]
    assert docstrings.to_rst(text) == ["It says ``what``, and the ``n``\\ th", text[1], ""]


@pytest.fixture
def chapter(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(executed, "KEPT", tmp_path / "kept")
    path = tmp_path / "00-a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")]), path)
    return path


def test_what_was_executed_is_kept_until_the_notebook_changes(chapter):
    assert executed.kept(chapter) is None
    executed.keep(chapter, executed.read(chapter))
    assert executed.kept(chapter).cells[0].source == "1 + 1"
    chapter.write_text(chapter.read_text().replace("1 + 1", "1 + 2"))
    assert executed.kept(chapter) is None
    executed.keep(chapter, executed.read(chapter))
    assert len(list(executed.KEPT.iterdir())) == 1


def test_what_was_executed_is_kept_until_the_harness_changes(chapter, monkeypatch):
    executed.keep(chapter, executed.read(chapter))
    monkeypatch.setattr(executed, "_surroundings", lambda: b"others")
    assert executed.kept(chapter) is None


@pytest.mark.parametrize("folder", executed.MADE_OF)
def test_all_that_chapters_are_made_of_is_there(folder):
    assert any((executed.ROOT / folder).iterdir())


def test_a_chapter_that_fails_is_named(chapter):
    chapter.write_text(chapter.read_text().replace("1 + 1", "1 / 0"))
    with pytest.raises(make.ChapterFailed, match=r"(?s)^00-a failed:.*ZeroDivisionError"):
        make.execute([chapter])
    assert executed.kept(chapter) is None


def test_a_chapter_that_runs_is_reported_and_kept(chapter, capsys):
    make.execute([chapter])
    assert executed.kept(chapter).cells[0].outputs[0].data["text/plain"] == "2"
    assert "1 of 1  00-a" in capsys.readouterr().out


@pytest.mark.further
def test_a_complaint_of_sphinx_ends_it(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.md").write_text("# Title\n\n[nowhere](nothing.md)\n")
    assert "nothing.md" in make.write(source, tmp_path / "site")


VERSIONS = dict.fromkeys(current.SHOWN, "1.2.3")


@pytest.mark.parametrize(
    ("wrong", "end"),
    [({}, "Everything held.</p>"), ({"05-x": [], "02-y": []}, "not hold: 02-y, 05-x.</p>")],
    ids=["all", "two"],
)
def test_the_foot_says_with_what_everything_was_run_and_when(tmp_path: Path, wrong, end) -> None:
    file = tmp_path / "current.json"
    found = {"made": {"day": "2026-11-29"}, "versions": VERSIONS, "not": wrong}
    file.write_text(json.dumps(found))
    said = current.foot(file)
    assert said.startswith("<p>Last run on 29 November 2026") and said.endswith(end)
    assert "FastAPI 1.2.3" in said and "redis-py 1.2.3" in said
    assert current.foot(tmp_path / "none.json") == ""
