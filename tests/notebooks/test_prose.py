"""What the prose says is so: its numbers are asserted, its links lead somewhere."""

import pytest
from chapters import (
    CHAPTERS,
    IMAGE,
    LINK,
    NOTEBOOKS,
    ROOT,
    asserted,
    claims,
    headings,
    prose,
    read,
)

every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def test_there_are_chapters():
    assert len(CHAPTERS) >= 5


@every_chapter
def test_every_number_was_asserted_above(path):
    known, notebook = set(), read(path)
    written = {cell.id for cell in prose(notebook)}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            known |= asserted(cell.source)
        elif cell.id in written:
            unproven = set(claims(cell.source)) - known
            assert not unproven, f"{cell.id} claims {unproven}: assert it above, or use words"


@every_chapter
def test_every_picture_can_be_read_aloud(path):
    for cell in prose(read(path)):
        for picture in IMAGE.finditer(cell.source):
            assert len(picture["alt"]) >= 40, "an alt text says what the picture shows"
            assert (NOTEBOOKS / picture["target"]).is_file(), picture["target"]


@every_chapter
def test_every_link_leads_somewhere(path):
    for cell in read(path).cells:
        if cell.cell_type != "markdown":
            continue
        for link in LINK.finditer(cell.source):
            file, _, fragment = link["target"].partition("#")
            target = (NOTEBOOKS / file).resolve()
            assert target.is_file() and target.is_relative_to(ROOT), link["target"]
            if fragment:
                anchors = [text.replace(" ", "-") for _, text in headings(read(target))]
                assert fragment in anchors, link["target"]


@every_chapter
def test_every_app_that_it_serves_can_be_opened(path):
    notebook = read(path)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for app in sorted((NOTEBOOKS / "apps").glob("*.py")):
        name = f"apps/{app.name}"
        served = any(name in cell.source for cell in notebook.cells if cell.cell_type == "code")
        assert not served or f"]({name})" in text, f"{name} is served, and never linked"


def test_every_app_is_served_somewhere():
    text = "\n".join(path.read_text(encoding="utf-8") for path in CHAPTERS)
    apps = (NOTEBOOKS / "apps").glob("*.py")
    assert [app.name for app in apps if f"apps/{app.name}" not in text] == []


def test_a_claim_is_a_number_in_digits():
    text = (
        "## 9 lives\n1. In chapter 03 we lost 7 of `400` updates, 2.5 each. [4](a.md) ![5](b.svg)"
    )
    assert claims(text) == ["7", "2.5"]


def test_a_number_counts_as_asserted_only_in_an_assert():
    assert asserted("x = 3\nassert y == [4, 5] and 0.5 < z") == {"4", "5", "0.5"}
