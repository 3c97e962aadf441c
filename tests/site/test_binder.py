"""The Binder button where the project has a public address: at the release tag, on this chapter."""

import doctest

import binder
import make
import nbformat
import pytest
from pages import Page

TAG = "v" + make.ROOT.joinpath("pyproject.toml").read_text().split('version = "')[1].split('"')[0]


def test_the_examples_hold():
    assert doctest.testmod(binder).failed == 0
    assert doctest.testmod(binder).attempted > 0


@pytest.fixture
def chapter(tmp_path):
    """The page of a chapter, in a small site whose project lies on GitHub."""
    source = tmp_path / "source"
    (source / "notebooks").mkdir(parents=True)
    (source / "index.md").write_text("# Title\n\n```{toctree}\nnotebooks/00-start-here\n```\n")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Start")])
    nbformat.write(notebook, source / "notebooks/00-start-here.ipynb")
    complaints = make.write(source, tmp_path / "site", repository="https://github.com/org/name")
    assert complaints == ""
    return Page(tmp_path / "site/notebooks/00-start-here.html")


@pytest.mark.further
def test_the_button_leads_to_this_chapter_at_the_release(chapter):
    place = f"{binder.BINDER}/gh/org/name/{TAG}?urlpath=lab/tree/notebooks/00-start-here.ipynb"
    assert place in chapter.links
